// Gaussian pyramids and linear SVMs of Fashion-MNIST, ours and scikit-image's and scikit-learn's, in turn on the same examples.
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {node as load} from '#tfpipe/nodes/load/fashion-mnist.js';
import {gaussianPyramids} from '#tfpipe/numerics/gaussian-pyramid.js';
import {LinearSvm} from '#tfpipe/numerics/linear-svm.js';
import {pyramid as pyramidKernels} from '#tfpipe/wasm/kernels/pyramid.js';
import {svm as svmKernels} from '#tfpipe/wasm/kernels/svm.js';
import {Threads} from '#tfpipe/wasm/threads.js';
import {pythonWith} from '../scripts/python-venv.js';
import {median} from './training.js';

const here = join(dirname(fileURLToPath(import.meta.url)), 'peers');
const tolerance = 1e-3;

async function clothes(limit) {
  const report = {progress: () => {}, metrics: () => {}, log: () => {}};
  const {data} = await load.run({params: {validation: 0, limit}, inputs: {}, inputTypes: {}, report});
  return data.split('train');
}

const pyramidsOf = (images) =>
  Threads.use([pyramidKernels, svmKernels], (threads) =>
    gaussianPyramids(threads, {...images, affine: {scale: 1 / 255, offset: 0}}),
  );

/** Until every class has a gap of at most 1e-3 of its objective. */
const fit = ({data: features, shape: [, columns]}, {data: labels}) =>
  Threads.use([pyramidKernels, svmKernels], async (threads) => {
    const problem = {features, columns, constant: 1, labels, costs: Array(10).fill([1, 1]), loss: 'hinge'};
    return new LinearSvm(threads, problem, {tolerance, seed: 42}).fit(1000, async () => {});
  });

/** The same work by both: seconds, and what else they say. */
const works = {
  pyramid: {peer: 'scikit-image', ours: async ({images}) => ({columns: (await pyramidsOf(images)).shape[1]})},
  svm: {peer: 'scikit-learn', ours: ({features, labels}) => fit(features, labels)},
};

/** A record: medians over the rounds, and the median of the rounds' own ratios. */
export async function* scikit(work, {rounds, withPeers, examples}) {
  const {peer, ours} = works[work];
  const {images, labels} = await clothes(examples);
  const features = await pyramidsOf(images);
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  const runs = [];
  try {
    for (const [name, data] of Object.entries({'images.u8': images, 'features.f32': features, 'labels.u8': labels}))
      await writeFile(join(folder, name), new Uint8Array(data.data.buffer, data.data.byteOffset, data.data.byteLength));
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      const found = await ours({images, labels, features});
      const seconds = (performance.now() - began) / 1000;
      runs.push({seconds, found, theirs: withPeers ? await measure(work, folder) : undefined});
    }
  } finally {
    await rm(folder, {recursive: true});
  }
  const name = `${work}, ${examples.toLocaleString('en')} images`;
  const record = {work: name, ours: median(runs.map(({seconds}) => seconds)), unit: 's', found: runs[0].found};
  if (!withPeers) yield record;
  else {
    const theirs = median(runs.map((run) => run.theirs.value));
    yield {...record, peer, theirs, ratio: median(runs.map((run) => run.seconds / run.theirs.value)), peerFound: runs[0].theirs};
  }
}

async function measure(work, folder) {
  const python = pythonWith(join(here, 'scikit.txt'), 'bench-scikit');
  const {stdout} = await promisify(execFile)(python, [join(here, 'scikit_peer.py'), work, folder]);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
