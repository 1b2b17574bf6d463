import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/evaluate/clusters.js';
import {matrix} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const params = {categories: 3, split: 'test', named: 'validation'};
const labels = (...values: number[]) => hostTensor('uint8', [values.length], Uint8Array.from(values));
const scored = [
  [9, 0.5, 0.3, 0.2],
  [9, 0.7, 0.2, 0.1],
  [9, 0.4, 0.3, 0.3],
  [9, 0.1, 0.9, 0],
];
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
      codes: matrix(scored),
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
  const distance = (one: number, other: number): number =>
    Math.hypot(...[0, 1, 2, 3].map((at) => (scored[one]?.[at] ?? 0) - (scored[other]?.[at] ?? 0)));
  // the last is alone in its category, and counts 0
  const silhouettes = [0, 1, 2].map((point) => {
    const within = [0, 1, 2].filter((other) => other !== point).reduce((sum, other) => sum + distance(point, other) / 2, 0);
    const [near, far] = [within, distance(point, 3)];
    return (far - near) / Math.max(far, near);
  });
  const wanted = {
    silhouette: silhouettes.reduce((sum, value) => sum + value, 0) / 4,
    error: 1 / 4,
    normalisedMutualInformation: information / ((Math.log(2) + entropy(1 / 4)) / 2),
    adjustedRandIndex: (1 - 1) / (2.5 - 1),
    categoriesUsed: 2,
  };
  for (const [name, value] of Object.entries(wanted))
    assert.ok(Math.abs((metrics[0]?.values[name] ?? Number.NaN) - value) < 1e-7, `${name}: ${metrics[0]?.values[name]}`);
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

test('of one category in use there is no silhouette', async () => {
  const one = await runNode(node, {
    params: {...params, categories: 2, named: 'test'},
    inputs: {
      codes: dataset(
        {
          test: {
            codes: matrix([
              [0.9, 0.1],
              [0.8, 0.2],
            ]),
            labels: labels(1, 1),
          },
        },
        'embedding',
      ),
    },
  });
  assert.deepEqual(Object.keys(one.metrics[0]?.values ?? {}), [
    'error',
    'normalisedMutualInformation',
    'adjustedRandIndex',
    'categoriesUsed',
  ]);
});
