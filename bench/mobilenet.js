// Milliseconds that the features of an image take by MobileNetV2 (alpha 1, 224×224, from 28×28 grey bytes): ours as featurize/pretrained
// computes them, and Keras's `predict`, each in a process of its own, in turn, after a warm-up.
import {execFile} from 'node:child_process';
import {dirname, join} from 'node:path';
import {execPath} from 'node:process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {pythonWith} from '../scripts/python-venv.js';
import {median} from './training.js';

const here = dirname(fileURLToPath(import.meta.url));
const [images, unit] = [96, 'ms/image'];

export async function* mobilenet({rounds, withPeers}) {
  const ours = [execPath, join(here, 'features.js')];
  const keras = () => [pythonWith(join(here, 'peers', 'keras.txt'), 'bench-keras'), join(here, 'peers', 'mobilenet_peer.py')];
  const commands = {ours, ...(withPeers && {'keras predict': keras()})};
  const found = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, [command, ...args]] of Object.entries(commands)) {
      const {stdout} = await promisify(execFile)(command, [...args, String(images)]);
      found[name].push(Number(stdout.trim().split('\n').at(-1)));
    }
  const record = {work: 'mobilenet', precision: 'float32', ours: median(found.ours), unit};
  const {'keras predict': theirs} = found;
  if (!theirs) yield record;
  else
    yield {
      ...record,
      peer: 'keras predict',
      theirs: median(theirs),
      ratio: median(theirs.map((value, round) => found.ours[round] / value)),
    };
}
