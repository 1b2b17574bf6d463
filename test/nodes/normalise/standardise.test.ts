import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/normalise/standardise.js';
import {dataset, runNode} from '../run-node.js';

const train = {images: hostTensor('float32', [4], Float32Array.of(1, 3, 5, 7))};
const data = dataset({train, test: {images: hostTensor('float32', [1], Float32Array.of(9))}});
const standardise = (params: Record<string, unknown>) => runNode(node, {params: {tensor: 'images', ...params}, inputs: {data}});

test('mean and deviation are measured on the training split only, and reported', async () => {
  const {outputs, metrics} = await standardise({});
  const result = outputs['data'] as DatasetValue;
  // population deviation of 1, 3, 5, 7 is √5
  assert.deepEqual(metrics, [{step: 0, values: {mean: 4, deviation: Math.sqrt(5)}}]);
  const values = Array.from((await result.split('train'))['images']?.data ?? []);
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0)) < 1e-6);
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value ** 2, 0) / 4 - 1) < 1e-6);
  assert.equal((await result.split('test'))['images']?.data[0], Math.fround(5 / Math.sqrt(5)));
});

test('given values are used as they are', async () => {
  const {outputs} = await standardise({mean: 1, deviation: 2});
  assert.deepEqual(Array.from((await (outputs['data'] as DatasetValue).split('train'))['images']?.data ?? []), [0, 1, 2, 3]);
});

test('a tensor that does not vary cannot be standardised', async () => {
  const flat = dataset({train: {images: hostTensor('float32', [2], Float32Array.of(2, 2))}});
  await assert.rejects(runNode(node, {params: {tensor: 'images'}, inputs: {data: flat}}), /to vary/);
});
