// The same work in other tools: which do it, in which precisions, and the command that measures it. Their Python environments are made
// when they are first wanted.
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {pythonWith} from '../scripts/python-venv.js';

const here = join(dirname(fileURLToPath(import.meta.url)), 'peers');
const python = (name) => pythonWith(join(here, `${name}.txt`), `bench-${name}`);

/** By name: what a peer is compared on, and the command of a measurement. */
export const peers = {
  keras: {
    precisions: ['float32', 'bfloat16'],
    command: (work, precision) => [python('keras'), join(here, 'keras_peer.py'), work, precision],
  },
  torch: {
    precisions: ['float32', 'bfloat16'],
    command: (work, precision) => [python('torch'), join(here, 'torch_peer.py'), work, precision],
  },
  'tfjs-eager': {
    precisions: ['float32'],
    command: (work, precision) => [process.execPath, join(here, 'tfjs_peer.js'), work, precision],
  },
};

/** t-SNE by scikit-learn and openTSNE, see bench/tsne.js. */
export const tsnePeer = () => [python('tsne'), join(here, 'tsne_peer.py')];

/** Ranking by scikit-learn, see bench/retrieval.js; in the same environment. */
export const retrievalPeer = () => [python('tsne'), join(here, 'retrieval_peer.py')];
