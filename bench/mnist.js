// MNIST for the benchmarks: in a folder of idx files for the peers, and as our own tensors.
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {EigenvalueDecomposition, Matrix} from 'ml-matrix';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {node} from '#tfpipe/nodes/load/mnist.js';

async function mnist() {
  const report = {progress: () => {}, metrics: () => {}, log: () => {}};
  const {data} = await node.run({params: {validation: 0}, inputs: {}, inputTypes: {}, report});
  return data;
}

/** All 60,000 training examples: images uint8 [n, 28, 28, 1], labels uint8 [n]. */
export const mnistTrain = async () => (await mnist()).split('train');
export const mnistTest = async () => (await mnist()).split('test');

/** Codes of all 70,000 digits, those for training first: ink of 7 × 7 fields, its first ten principal components; float32 [70000, 10]. */
export async function digitCodes() {
  const [fields, dimensions] = [49, 10];
  const images = await Promise.all([mnistTrain(), mnistTest()]);
  const pixels = Buffer.concat(images.map((split) => split.images.data));
  const count = pixels.length / 784;
  const ink = new Float64Array(count * fields);
  for (let at = 0; at < pixels.length; at++) {
    const [image, pixel] = [Math.floor(at / 784), at % 784];
    ink[image * fields + 7 * Math.floor(pixel / 112) + Math.floor((pixel % 28) / 4)] += pixels[at] / 4080;
  }
  const mean = new Float64Array(fields);
  for (let at = 0; at < ink.length; at++) mean[at % fields] += ink[at] / count;
  for (let at = 0; at < ink.length; at++) ink[at] -= mean[at % fields];
  const covariance = Matrix.zeros(fields, fields);
  for (let row = 0; row < count; row++)
    for (let a = 0; a < fields; a++)
      for (let b = 0; b < fields; b++)
        covariance.set(a, b, covariance.get(a, b) + (ink[row * fields + a] * ink[row * fields + b]) / count);
  // eigenvalues ascend
  const axes = new EigenvalueDecomposition(covariance, {assumeSymmetric: true}).eigenvectorMatrix;
  const codes = new Float32Array(count * dimensions);
  for (let row = 0; row < count; row++)
    for (let axis = 0; axis < dimensions; axis++)
      for (let field = 0; field < fields; field++)
        codes[row * dimensions + axis] += ink[row * fields + field] * axes.get(field, fields - 1 - axis);
  return hostTensor('float32', [count, dimensions], codes);
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
