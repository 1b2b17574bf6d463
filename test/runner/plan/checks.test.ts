import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {PlannedCheck} from '#tfpipe/core/plan.js';
import {failureOf} from '#tfpipe/runner/plan/checks.js';

const check = (operator: PlannedCheck['operator'], value: number, metric = 'loss'): PlannedCheck => ({
  ...{text: '', stage: 'mlp', metric, operator, value},
  place: {file: '', line: 1, column: 1, length: 1, text: ''},
});
const metrics = [
  {step: 1, time: 0, values: {loss: 3, accuracy: 0.5}},
  {step: 2, time: 0, values: {loss: 2}},
];

test('the last value of a metric counts, by each operator', () => {
  const held = (['>', '>=', '<', '<=', '==', '!='] as const).filter((operator) => !failureOf(check(operator, 2), metrics));
  assert.deepEqual(held, ['>=', '<=', '==']);
  assert.equal(failureOf(check('<', 2), metrics), 'Expected `mlp.loss` to be below 2, got 2');
});

test('a metric that was not reported fails, with those that were', () => {
  assert.equal(
    failureOf(check('>', 0, 'f1'), metrics),
    'Expected `mlp.f1` to be above 0, got no such metric; there are `loss`, `accuracy`',
  );
  assert.equal(failureOf(check('>', 0, 'f1'), []), 'Expected `mlp.f1` to be above 0, got no such metric');
});

test('a comparison with what is no finite number never holds', () => {
  // as a record gives it back
  const lost = JSON.parse('null') as number;
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, lost])
    for (const operator of ['>', '>=', '<', '<=', '==', '!='] as const)
      assert.match(
        failureOf(check(operator, 2), [{step: 1, time: 0, values: {loss: value}}]) ?? '',
        /^Expected `mlp\.loss` to be/,
      );
});
