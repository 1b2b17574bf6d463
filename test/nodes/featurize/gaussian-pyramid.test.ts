import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, DatasetValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/featurize/gaussian-pyramid.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const images = hostTensor('uint8', [3, 2, 2, 1], Uint8Array.of(0, 0, 0, 0, 8, 8, 8, 8, 0, 4, 8, 12));
const labels = hostTensor('uint8', [3], Uint8Array.of(2, 0, 1));
const type: DatasetType = {
  kind: 'dataset',
  splits: {
    train: {
      images: {dtype: 'uint8', shape: [3, 2, 2, 1], range: [0, 255]},
      labels: {dtype: 'uint8', shape: [3], range: [0, 2], classes: ['ant', 'bee', 'cat']},
    },
  },
};

test('features take the place of images: the pixels, then ever fewer means, in the same range; labels stay', async () => {
  const {outputs} = await runNode(node, {params: {}, inputs: {data: dataset({train: {images, labels}})}, types: {data: type}});
  const split = await (outputs['data'] as DatasetValue).split('train');
  assert.deepEqual(Object.keys(split), ['features', 'labels']);
  assert.deepEqual(split['labels'], labels);
  assert.deepEqual([...(split['features']?.data ?? [])].map(Math.round), [0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 0, 4, 8, 12, 6]);
  const {types, issues} = nodeTypes(node, {params: {}, types: {data: type}});
  assert.deepEqual(issues, []);
  assert.deepEqual((types['data'] as DatasetType).splits['train'], {
    features: {dtype: 'float32', shape: [3, 5], range: [0, 255]},
    labels: type.splits['train']?.['labels'],
  });
});

test('what are no images is reported', () => {
  const flat: DatasetType = {kind: 'dataset', splits: {train: {images: {dtype: 'float32', shape: [3, 784]}}, test: {}}};
  assert.deepEqual(
    nodeTypes(node, {params: {}, types: {data: flat}}).issues.map(({message}) => message),
    [
      'Expected the split `train` to have `images` of shape [examples, height, width, channels], got [3, 784]',
      'Expected the split `test` to have `images` of shape [examples, height, width, channels], got none',
    ],
  );
});
