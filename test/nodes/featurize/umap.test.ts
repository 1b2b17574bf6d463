import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/featurize/umap.js';
import {codes, count, labels} from '../clouds.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const params = {
  split: 'test',
  points: 240,
  nearest: 15,
  minDistance: 0.1,
  spread: 1,
  dimensions: 2,
  iterations: 200,
  neighbours: 12,
};
const run = (changes: object = {}) =>
  runNode(node, {params: {...params, ...changes}, inputs: {codes: dataset({test: {codes, labels}}, 'embedding')}});
const mapOf = async ({outputs}: Awaited<ReturnType<typeof run>>) => (outputs['codes'] as DatasetValue).split('test');

test('neighbours stay neighbours, and each point its cloud; labels are passed on', async () => {
  const made = await run();
  assert.ok((made.metrics[0]?.values['trustworthiness'] ?? 0) > 0.95, JSON.stringify(made.metrics));
  const map = await mapOf(made);
  assert.deepEqual(map['codes']?.shape, [240, 2]);
  assert.deepEqual([...(map['labels']?.data ?? [])], [...labels.data.subarray(0, 240)]);
  const points = map['codes']?.data as Float32Array;
  const distance = (a: number, b: number): number =>
    Math.hypot((points[2 * a] ?? 0) - (points[2 * b] ?? 0), (points[2 * a + 1] ?? 0) - (points[2 * b + 1] ?? 0));
  for (let index = 0; index < 240; index++) {
    const others = Array.from({length: 240}, (_, other) => other).filter((other) => other !== index);
    const nearest = others.reduce((best, other) => (distance(index, other) < distance(index, best) ? other : best));
    assert.equal(nearest % 3, index % 3, `the nearest of point ${index}`);
  }
});

test('equal seeds give equal bits on any dimension, other seeds another map', async () => {
  const bits = async (changes: object) => (await mapOf(await run(changes)))['codes'];
  assert.deepEqual(await bits({dimensions: 3}), await bits({dimensions: 3}));
  const again = await runNode(node, {
    params,
    inputs: {codes: dataset({test: {codes, labels}}, 'embedding')},
    seed: 8,
  });
  assert.notDeepEqual((await mapOf(again))['codes'], await bits({}));
});

test('what does not fit is reported', () => {
  const types: Readonly<Record<string, PortType>> = {
    codes: {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [count, 5]}}}},
  };
  const messages = (given: object) => nodeTypes(node, {params: {...params, ...given}, types}).issues.map(({message}) => message);
  assert.deepEqual(messages({split: 'train'}), ['Expected the codes to have a split `train`, got test']);
  assert.deepEqual(messages({nearest: 240}), ['Expected `nearest` to be at most 239 for 240 points, got 240']);
  assert.deepEqual(messages({minDistance: 2}), ['Expected `minDistance` to be at most `spread`, 1, got 2']);
});

test('codes that are not finite are an error that says where', async () => {
  const broken = hostTensor('float32', [count, 5], Float32Array.from(codes.data).fill(Number.NaN, 12, 13));
  await assert.rejects(
    runNode(node, {params, inputs: {codes: dataset({test: {codes: broken, labels}}, 'embedding')}}),
    /Expected codes to be finite, got NaN in code 2/,
  );
});
