import assert from 'node:assert/strict';
import {test} from 'node:test';
import {counterUniform} from '#tfpipe/core/counter-random.js';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/featurize/tsne.js';
import {node as drawing} from '#tfpipe/nodes/visualise/tsne.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const count = 200;
const codes = hostTensor('float32', [count, 4], Float32Array.from(counterUniform([1, 2], 4 * count)));
const labels = hostTensor(
  'uint8',
  [count],
  Uint8Array.from({length: count}, (_, index) => index % 3),
);
const params = {split: 'test', points: 150, perplexity: [10, 30], affinities: 'all', iterations: 100, neighbours: 12};
const inputs = {codes: dataset({test: {codes, labels}}, 'embedding')};

test('the map is that of visualise/tsne, as codes with the labels they came with', async () => {
  const {outputs, metrics} = await runNode(node, {params, inputs});
  const drawn = await runNode(drawing, {params, inputs});
  const found = await (outputs['codes'] as DatasetValue).split('test');
  assert.deepEqual(found, await (drawn.outputs['map'] as DatasetValue).split('test'));
  assert.deepEqual(found['codes']?.shape, [150, 2]);
  assert.deepEqual([...(found['labels']?.data ?? [])], [...labels.data.subarray(0, 150)]);
  assert.deepEqual(metrics, drawn.metrics);
  assert.ok((metrics[0]?.values['trustworthiness'] ?? 0) > 0.8, JSON.stringify(metrics));
});

test('the largest perplexity of a list, and similarities of too many pairs, are reported', () => {
  const types: Readonly<Record<string, PortType>> = {
    codes: {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [10_000, 4]}}}},
  };
  const messages = (given: object) => nodeTypes(node, {params: {...params, ...given}, types}).issues.map(({message}) => message);
  assert.deepEqual(messages({perplexity: [10, 60]}), ['Expected `perplexity` to be at most 49 for 150 points, got 60']);
  assert.deepEqual(messages({points: 10_000}), [
    'Expected `affinities` to be `nearest` for more than 5000 points, got `all` for 10000',
  ]);
});
