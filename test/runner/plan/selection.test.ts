import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Plan, PlannedStage} from '#tfpipe/core/plan.js';
import {selectStages} from '#tfpipe/runner/plan/selection.js';

const stage = (name: string, after: readonly string[]) => ({name, after}) as unknown as PlannedStage;
const plan = {
  stages: [stage('a', []), stage('b', ['a']), stage('c', ['b']), stage('d', ['a'])],
  checks: [{stage: 'c'}, {stage: 'd'}],
} as unknown as Plan;
const nothing = {only: [], from: [], until: [], force: []};
const select = (asked: Partial<typeof nothing | Record<string, readonly string[]>>) => {
  const {plan: selected, given} = selectStages(plan, {...nothing, ...asked});
  return {
    stages: selected.stages.map(({name, fresh}) => (fresh ? `${name}!` : name)),
    given: [...given].sort(),
    checks: selected.checks.map((check) => check.stage),
  };
};

test('only, from and until; stages that are needed give their results, and checks of others are left out', () => {
  assert.deepEqual(select({}), {stages: ['a', 'b', 'c', 'd'], given: [], checks: ['c', 'd']});
  assert.deepEqual(select({only: ['c']}), {stages: ['a', 'b', 'c'], given: ['a', 'b'], checks: ['c']});
  assert.deepEqual(select({until: ['b'], force: ['b']}), {stages: ['a', 'b!'], given: [], checks: []});
  assert.deepEqual(select({from: ['b']}), {stages: ['a', 'b', 'c'], given: ['a'], checks: ['c']});
  assert.deepEqual(select({from: ['b'], until: ['b']}), {stages: ['a', 'b'], given: ['a'], checks: []});
});
