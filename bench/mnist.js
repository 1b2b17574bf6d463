// MNIST for the benchmarks: in a folder of idx files for the peers, and as our own tensors.
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {node} from '#tfpipe/nodes/load/mnist.js';

/** All 60,000 training examples: images uint8 [n, 28, 28, 1], labels uint8 [n]. */
export async function mnistTrain() {
  const report = {progress: () => {}, metrics: () => {}, log: () => {}};
  const {data} = await node.run({params: {validation: 0}, inputs: {}, inputTypes: {}, report});
  return data.split('train');
}

/** Runs `use` with a temporary folder that holds the training files as the peers read them. */
export async function withIdxFiles(use) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    const {images, labels} = await mnistTrain();
    await writeFile(join(folder, 'train-images-idx3-ubyte'), idx(images.shape.slice(0, 3), images.data));
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), idx(labels.shape, labels.data));
    return await use(folder);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

export function idx(shape, data) {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = 8;
  head[3] = shape.length;
  for (const [axis, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([head, data]);
}
