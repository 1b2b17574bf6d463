import assert from 'node:assert/strict';
import {test} from 'node:test';
import {node} from '#tfpipe/nodes/evaluate/clusters.js';
import type {PortType} from '#tfpipe/nodes/ports.js';
import {hostTensor} from '#tfpipe/tensor/host-tensor.js';
import {matrix} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const params = {categories: 3, split: 'test', named: 'validation'};
const labels = (...values: number[]) => hostTensor('uint8', [values.length], Uint8Array.from(values));
// a style of one value, then three probabilities
const codes = dataset(
  {
    // 0 is named by the second row (class 4), 1 by the third (class 7); 2 is nobody's first choice, and most likely in the first (class 1)
    validation: {
      codes: matrix([
        [9, 0.6, 0.1, 0.3],
        [9, 0.9, 0.1, 0],
        [9, 0, 0.8, 0.2],
      ]),
      labels: labels(1, 4, 7),
    },
    test: {
      codes: matrix([
        [9, 0.5, 0.3, 0.2],
        [9, 0.7, 0.2, 0.1],
        [9, 0.4, 0.3, 0.3],
        [9, 0.1, 0.9, 0],
      ]),
      labels: labels(4, 4, 7, 7),
    },
  },
  'embedding',
);

test('each category stands for the class of its surest example, worked out by hand', async () => {
  const {outputs, metrics} = await runNode(node, {params, inputs: {codes}});
  // of {4, 4, 7} and {7}: H = (log 2, H(3/4)), I = H(classes) − ¾ H(1/3); pairs: 1 of both, 2 by class, 3 by category, of 6
  const entropy = (share: number): number => -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  const information = Math.log(2) - 0.75 * entropy(1 / 3);
  const wanted = {
    error: 1 / 4,
    normalisedMutualInformation: information / ((Math.log(2) + entropy(1 / 4)) / 2),
    adjustedRandIndex: (1 - 1) / (2.5 - 1),
    categoriesUsed: 2,
  };
  for (const [name, value] of Object.entries(wanted))
    assert.ok(Math.abs((metrics[0]?.values[name] ?? Number.NaN) - value) < 1e-9, `${name}: ${metrics[0]?.values[name]}`);
  assert.deepEqual(outputs['categories'], {
    kind: 'table',
    columns: {category: [0, 1, 2], class: [4, 7, 1], examples: [3, 1, 0], ofItsClass: [2 / 3, 1, null]},
  });
});

test('splits without labels, and more categories than a code has values, are reported', () => {
  const type: PortType = {
    kind: 'embedding',
    splits: {
      validation: {codes: {dtype: 'float32', shape: [9, 2]}},
      test: {codes: {dtype: 'float32', shape: [9, 2]}, labels: {dtype: 'uint8', shape: [9]}},
    },
  };
  assert.deepEqual(
    nodeTypes(node, {params, types: {codes: type}}).issues.map(({message}) => message),
    ['Expected `categories` to be at most the 2 values of a code, got 3'],
  );
  assert.deepEqual(
    nodeTypes(node, {params: {...params, categories: 2}, types: {codes: type}}).issues.map(({message}) => message),
    ['Expected a split `validation` with `codes` and `labels`, got none'],
  );
});
