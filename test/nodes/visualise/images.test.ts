import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, FigureValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/images.js';
import {greyCounts} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const type = (range?: readonly [number, number]): DatasetType => ({
  kind: 'dataset',
  splits: {train: {images: {dtype: 'float32', shape: [3, 4, 4, 1], ...(range && {range})}}},
});
const images = hostTensor(
  'float32',
  [3, 4, 4, 1],
  Float32Array.from({length: 48}, (_, at) => [-1, 1, 0][Math.floor(at / 16)] ?? 0),
);
const params = {split: 'train', count: 2, columns: 2, title: 'First two'};

test('the first images are shown, their range from white to black', async () => {
  const {outputs} = await runNode(node, {params, inputs: {data: dataset({train: {images}})}, types: {data: type([-1, 1])}});
  const {png, title} = outputs['figure'] as FigureValue;
  const counts = greyCounts(png);
  assert.equal(title, 'First two');
  // 4×4 pixels, drawn 2 units wide at 2 pixels a unit; the third image, grey, is not among them
  assert.ok((counts.get(0) ?? 0) >= 256);
  assert.ok((counts.get(127) ?? 0) + (counts.get(128) ?? 0) < 20);
});

test('without a known range the smallest value is white and the largest black', async () => {
  const {outputs} = await runNode(node, {params, inputs: {data: dataset({train: {images}})}, types: {data: type()}});
  assert.ok((greyCounts((outputs['figure'] as FigureValue).png).get(0) ?? 0) >= 256);
});

test('a split that is not there is reported', () => {
  const {issues} = nodeTypes(node, {params: {...params, split: 'test'}, types: {data: type()}});
  assert.deepEqual(issues[0]?.path, ['with', 'split']);
});
