import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, DatasetValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/featurize/encode.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, modelType, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const images = hostTensor('float32', [3, 1, 2, 1], Float32Array.of(1, 2, 3, 4, -5, 6));
const labels = hostTensor('uint8', [3], Uint8Array.of(0, 1, 2));
const type: DatasetType = {
  kind: 'dataset',
  splits: {test: {images: {dtype: 'float32', shape: [3, 1, 2, 1]}, labels: {dtype: 'uint8', shape: [3]}}},
};

test('codes are what the encoder gives without dropout; labels stay', async () => {
  const encoder = model([1, 2, 1], ['flatten', {dropout: 0.9}, {dense: 2}, 'relu'], {
    '2.kernel': matrix([
      [1, 0],
      [2, -1],
    ]),
    '2.bias': vector([0.5, 1]),
  });
  const {outputs} = await runNode(node, {params: {}, inputs: {data: dataset({test: {images, labels}}), model: encoder}});
  const split = await (outputs['codes'] as DatasetValue).split('test');
  // x · [[1, 0], [2, −1]] + [0.5, 1], then relu
  assert.deepEqual(split['codes'], hostTensor('float32', [3, 2], Float32Array.of(5.5, 0, 11.5, 0, 7.5, 0)));
  assert.deepEqual(split['labels'], labels);
});

test('the type has as many codes as images; a model for other images is reported', () => {
  const {types, issues} = nodeTypes(node, {params: {}, types: {data: type, model: modelType([1, 2, 1], [2])}});
  assert.deepEqual(issues, []);
  assert.deepEqual(types['codes'], {
    kind: 'embedding',
    splits: {test: {codes: {dtype: 'float32', shape: [3, 2]}, labels: {dtype: 'uint8', shape: [3]}}},
  });
  assert.match(
    nodeTypes(node, {params: {}, types: {data: type, model: modelType([28, 28, 1], [2])}}).issues[0]?.message ?? '',
    /the shape of `images` to be \[28, 28, 1\], as of what `model` takes, got \[1, 2, 1\]/,
  );
});
