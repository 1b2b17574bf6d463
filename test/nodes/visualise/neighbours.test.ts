import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, FigureValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/neighbours.js';
import {greyCounts} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const type = (split: string, size: number): DatasetType => ({
  kind: 'dataset',
  splits: {[split]: {images: {dtype: 'float32', shape: [3, size, size, 1], range: [0, 1]}}},
});
const images = (...levels: readonly number[]) =>
  hostTensor(
    'float32',
    [levels.length, 4, 4, 1],
    Float32Array.from({length: levels.length * 16}, (_, at) => levels[Math.floor(at / 16)] ?? 0),
  );
const params = {split: 'train', count: 1, neighbours: 1};

test('the nearest by pixels stands beside each, and its distance is reported', async () => {
  const {outputs, metrics} = await runNode(node, {
    params,
    inputs: {generated: dataset({generated: {images: images(0.9)}}), data: dataset({train: {images: images(0, 1, 0.5)}})},
    types: {generated: type('generated', 4), data: type('train', 4)},
  });
  // sixteen pixels off by 0.1
  assert.ok(Math.abs((metrics[0]?.values['nearestDistance'] ?? 0) - 0.4) < 1e-6);
  // 4×4 pixels, drawn 2 units wide at 2 pixels a unit: the black one is the neighbour
  assert.ok((greyCounts((outputs['figure'] as FigureValue).png).get(0) ?? 0) >= 256);
});

test('images of another size are reported', () => {
  const {issues} = nodeTypes(node, {params, types: {generated: type('generated', 5), data: type('train', 4)}});
  assert.match(issues[0]?.message ?? '', /of the generated images to be 4, as of `images`, got 5/);
});
