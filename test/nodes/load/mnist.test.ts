import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {DatasetValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/load/mnist.js';
import {nodeTypes, runNode} from '../run-node.js';

const load = async (params: Record<string, unknown>): Promise<DatasetValue> =>
  (await runNode(node, {params})).outputs['data'] as DatasetValue;

test('the splits have the shapes that were promised', async () => {
  const params = {validation: 5000};
  const data = await load(params);
  const {types} = nodeTypes(node, {params});
  assert.equal(types['data']?.kind, 'dataset');
  for (const [name, tensors] of Object.entries(types['data']?.kind === 'dataset' ? types['data'].splits : {})) {
    const split = await data.split(name);
    for (const [tensor, {dtype, shape}] of Object.entries(tensors)) {
      assert.deepEqual([split[tensor]?.dtype, split[tensor]?.shape], [dtype, shape], `${name}.${tensor}`);
      assert.equal(
        split[tensor]?.data.length,
        shape.reduce<number>((product, size) => product * Number(size), 1),
      );
    }
  }
  assert.deepEqual(data.splitNames, ['train', 'validation', 'test']);
});

// counts as in LeCun's own description of the data; mean and deviation of all training pixels as PyTorch's examples have them
test('it is MNIST: examples a class, mean 0.1307 and deviation 0.3081 of the training pixels', async () => {
  const data = await load({validation: 0});
  const counts = async (split: string): Promise<number[]> => {
    const found = new Array<number>(10).fill(0);
    for (const label of (await data.split(split))['labels']?.data ?? []) found[label] = (found[label] ?? 0) + 1;
    return found;
  };
  assert.deepEqual(await counts('train'), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assert.deepEqual(await counts('test'), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  const pixels = (await data.split('train'))['images']?.data ?? new Uint8Array();
  let [sum, squares] = [0, 0];
  for (const pixel of pixels) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const mean = sum / pixels.length;
  assert.equal((mean / 255).toFixed(4), '0.1307');
  assert.equal((Math.sqrt(squares / pixels.length - mean ** 2) / 255).toFixed(4), '0.3081');
});

test('the validation split is the end of the training set, and `limit` keeps the beginning of each split', async () => {
  const whole = await (await load({validation: 0})).split('train');
  const data = await load({validation: 10_000, limit: 3});
  const images = whole['images']?.data ?? new Uint8Array();
  assert.deepEqual((await data.split('validation'))['images']?.data, images.subarray(50_000 * 784, 50_003 * 784));
  assert.deepEqual((await data.split('train'))['images']?.shape, [3, 28, 28, 1]);
});
