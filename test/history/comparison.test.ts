import assert from 'node:assert/strict';
import {test} from 'node:test';
import {compareRuns, deltaOf, overlaidCurves} from '#tfpipe/history/comparison.js';
import type {RunSummary} from '#tfpipe/history/run-state.js';

interface Told {
  readonly use: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly figures?: readonly Readonly<Record<string, number>>[];
}

function run(recipe: string, params: object, stages: Readonly<Record<string, Told>>, seed = 1): RunSummary {
  const entries = Object.entries(stages);
  return {
    started: {
      recipe: {name: recipe, path: `${recipe}.yaml`, params, seed},
      stages: entries.map(([name, {use, with: given = {}}]) => ({name, use, with: given, after: []})),
    },
    stages: entries.map(([name, {use, figures = []}]) => ({
      ...{name, use, after: [], result: 'done', outputs: {}, pictures: {}},
      metrics: figures.map((values, step) => ({step, values})),
    })),
    load: [],
  } as unknown as RunSummary;
}

const grades = (accuracy: number): Told => ({use: 'evaluate/classifier', with: {bins: 15}, figures: [{accuracy}]});
const net = (rate: number, ...accuracy: number[]): Told => ({
  use: 'train/classifier',
  with: {rate, batchSize: 32},
  figures: accuracy.map((value) => ({accuracy: value, 'validation/accuracy': value - 0.1})),
});
const mlp = {id: 'one', run: run('mlp', {epochs: 2}, {mlp: net(0.1, 0.5, 0.7), grades: grades(0.7)})};
const lenet = {id: 'two', run: run('lenet', {epochs: 3, depth: 5}, {lenet: net(0.2, 0.6, 0.8, 0.9), grades: grades(0.9)}, 2)};
const two = {
  id: 'three',
  run: run(
    'trees',
    {},
    {
      forest: {use: 'train/forest', figures: [{'validation/accuracy': 0.5}, {'validation/accuracy': 0.6}]},
      boosted: {use: 'train/boosting', figures: [{loss: 2}, {loss: 1}]},
      forestGrades: grades(0.5),
      boostedGrades: grades(0.6),
    },
  ),
};

test('stages belong together by name, or by type where no run has two of it', () => {
  const {runs, metrics} = compareRuns([mlp, lenet]);
  assert.deepEqual(
    runs.map(({label}) => label),
    ['mlp', 'lenet'],
  );
  assert.deepEqual(metrics, [
    {name: 'classifier.accuracy', values: [0.7, 0.9]},
    {name: 'classifier.validation/accuracy', values: [0.7 - 0.1, 0.9 - 0.1]},
    {name: 'grades.accuracy', values: [0.7, 0.9]},
  ]);
  const names = compareRuns([mlp, two]).metrics.map(({name}) => name);
  assert.deepEqual(names.slice(2), [
    ...['grades.accuracy', 'forest.validation/accuracy', 'boosting.loss'],
    ...['forestGrades.accuracy', 'boostedGrades.accuracy'],
  ]);
});

test('params that differ: of the recipes, and of stages that both have', () => {
  assert.deepEqual(compareRuns([mlp, lenet]).params, [
    {name: 'epochs', values: [2, 3]},
    {name: 'seed', values: [1, 2]},
    {name: 'depth', values: [undefined, 5]},
    {name: 'classifier.rate', values: [0.1, 0.2]},
  ]);
  assert.deepEqual(compareRuns([mlp, mlp]).params, []);
});

test('two runs of one recipe are told apart by their names', () => {
  const {runs} = compareRuns([mlp, {...mlp, id: 'again'}, lenet]);
  assert.deepEqual(
    runs.map(({label}) => label),
    ['one', 'again', 'lenet'],
  );
});

test('a delta is from the first run', () => {
  assert.equal(deltaOf(3, 2), 1);
  for (const [value, first] of [
    [2, 2],
    [undefined, 2],
    [2, undefined],
  ])
    assert.equal(deltaOf(value, first), undefined);
});

test('curves of a name are overlaid, a series a run, or a stage where a run has several', () => {
  const panels = overlaidCurves(compareRuns([mlp, two]));
  assert.deepEqual(
    panels.map(({title, series}) => [title, series.map(({name}) => name)]),
    [
      ['accuracy', ['mlp']],
      ['validation/accuracy', ['mlp', 'trees · forest']],
      ['loss', ['trees · boosted']],
    ],
  );
  assert.deepEqual(panels[2]?.series[0]?.y, [2, 1]);
});
