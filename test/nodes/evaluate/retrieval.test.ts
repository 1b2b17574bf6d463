import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/evaluate/retrieval.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

await loadTensorFlow();

const params = {queries: 'test', gallery: 'train', distance: 'euclidean', nearest: 2};
const labels = (...values: number[]) => hostTensor('uint8', [values.length], Uint8Array.from(values));

test('two of a class beside one of another, worked out by hand, as codes and as pixels', async () => {
  const splits = (name: string, dtype: 'float32' | 'uint8') => {
    const made = (values: number[]) =>
      dtype === 'float32'
        ? hostTensor('float32', [values.length, 1], Float32Array.from(values))
        : hostTensor('uint8', [values.length, 1, 1, 1], Uint8Array.from(values));
    return {
      train: {[name]: made([10, 12, 13]), labels: labels(0, 1, 0)},
      test: {[name]: made([11, 20]), labels: labels(1, 0)},
    };
  };
  // 11: class 1 at 12, as far as 10, then 13; half of the nearest two is of its class, and the step of two finds it: 1/2.
  // 20: class 0 at 13, then 12 of class 1, then 10: precision 1/2, average precision (1 + 2/3) / 2.
  const wanted = {precision: 1 / 2, meanAveragePrecision: (1 / 2 + 5 / 6) / 2};
  const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(12)));
  for (const inputs of [{codes: dataset(splits('codes', 'float32'), 'embedding')}, {data: dataset(splits('images', 'uint8'))}]) {
    const {outputs, metrics} = await runNode(node, {params, inputs});
    const found = metrics[0]?.values ?? {};
    assert.deepEqual(Object.keys(found), Object.keys(wanted));
    assert.deepEqual(rounded(Object.values(found)), rounded(Object.values(wanted)));
    assert.deepEqual(outputs['scores'], {kind: 'table', columns: {metric: Object.keys(found), value: Object.values(found)}});
  }
});

test('the same split twice, no labels, more than there are, both or none of the inputs are reported', () => {
  const codes: PortType = {
    kind: 'embedding',
    splits: {
      train: {codes: {dtype: 'float32', shape: [50, 3]}, labels: {dtype: 'uint8', shape: [50]}},
      test: {codes: {dtype: 'float32', shape: [9, 3]}},
    },
  };
  const messages = (given: object, types: Readonly<Record<string, PortType>>) =>
    nodeTypes(node, {params: {...params, ...given}, types}).issues.map(({message}) => message);
  assert.deepEqual(messages({queries: 'train', nearest: 51}, {codes}), [
    'Expected `gallery` to be another split than `queries`, got `train` for both',
    'Expected `nearest` to be at most 50, as `train` has no more, got 51',
  ]);
  assert.deepEqual(messages({}, {codes}), ['Expected a split `test` with `codes` and `labels`, got none']);
  assert.deepEqual(messages({}, {}), ['Expected either `codes` or `data` to be connected, got neither']);
});
