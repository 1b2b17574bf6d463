import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetValue, FigureValue, PortType, Scatter} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/tsne.js';
import {codes, count, labels} from '../clouds.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const images = hostTensor(
  'uint8',
  [count, 4, 4, 1],
  Uint8Array.from({length: count * 16}, (_, at) => at % 256),
);
const given = {split: 'test', points: 10_000, perplexity: 20, affinities: 'nearest', iterations: 250, neighbours: 12};
const run = () =>
  runNode(node, {
    params: given,
    inputs: {codes: dataset({test: {codes, labels}}, 'embedding'), data: dataset({test: {images, labels}})},
  });

test('clouds that are apart stay apart, neighbours stay neighbours, and the picture has every point', async () => {
  const {outputs, metrics} = await run();
  assert.ok((metrics[0]?.values['trustworthiness'] ?? 0) > 0.95, JSON.stringify(metrics));
  const map = (await (outputs['map'] as DatasetValue).split('test'))['codes']?.data as Float32Array;
  const centre = (label: number): readonly [number, number] => {
    const members = Array.from({length: count}, (_, index) => index).filter((index) => index % 3 === label);
    return [0, 1].map(
      (axis) => members.reduce((sum, index) => sum + (map[2 * index + axis] ?? 0), 0) / members.length,
    ) as unknown as readonly [number, number];
  };
  const radius = (label: number): number =>
    Math.max(
      ...Array.from({length: count / 3}, (_, at) =>
        Math.hypot((map[2 * (3 * at + label)] ?? 0) - centre(label)[0], (map[2 * (3 * at + label) + 1] ?? 0) - centre(label)[1]),
      ),
    );
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [0, 2],
  ] as const) {
    const apart = Math.hypot(centre(a)[0] - centre(b)[0], centre(a)[1] - centre(b)[1]);
    assert.ok(apart > radius(a) + radius(b), `clouds ${a} and ${b}: ${apart} apart, radii ${radius(a)} and ${radius(b)}`);
  }
  const scatter = (outputs['figure'] as FigureValue).interactive as Scatter;
  assert.deepEqual(
    [scatter.x.length, scatter.y.length, scatter.classes, scatter.sprite?.size],
    [count, count, ['0', '1', '2'], 4],
  );
});

test('the same codes give the same map, bit by bit', async () => {
  assert.deepEqual((await run()).outputs['figure'], (await run()).outputs['figure']);
});

test('a perplexity that is too large for the points is reported', () => {
  const type: PortType = {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [50, 5]}}}};
  const {issues} = nodeTypes(node, {params: given, types: {codes: type}});
  assert.equal(issues[0]?.message, 'Expected `perplexity` to be at most 16 for 50 points, got 20');
});
