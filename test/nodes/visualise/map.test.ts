import assert from 'node:assert/strict';
import {test} from 'node:test';
import {counterUniform} from '#tfpipe/core/counter-random.js';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {FigureValue, Scatter} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/map.js';
import {count, labels} from '../clouds.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

test('two dimensions are drawn, with pictures; more are reported', async () => {
  const plane = hostTensor('float32', [count, 2], Float32Array.from(counterUniform([1, 2], 2 * count)));
  const images = hostTensor(
    'uint8',
    [count, 4, 4, 1],
    Uint8Array.from({length: count * 16}, (_, at) => at % 256),
  );
  const {outputs} = await runNode(node, {
    params: {split: 'test', points: 200},
    inputs: {codes: dataset({test: {codes: plane, labels}}, 'embedding'), data: dataset({test: {images}})},
  });
  const figure = outputs['figure'] as FigureValue;
  assert.equal(figure.title, '200 test codes');
  const scatter = figure.interactive as Scatter;
  assert.deepEqual([scatter.x.length, scatter.label.length, scatter.sprite?.size], [200, 200, 4]);
  assert.deepEqual(
    scatter.x.map((value, index) => Math.abs(value - (plane.data[2 * index] ?? 0)) < 1e-4),
    scatter.x.map(() => true),
  );
  const {issues} = nodeTypes(node, {
    params: {split: 'test', points: 200},
    types: {codes: {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [count, 5]}}}}},
  });
  assert.match(issues[0]?.message ?? '', /Expected codes of 2 dimensions, got 5/);
});
