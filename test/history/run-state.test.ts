import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import type {RunEvent} from '#tfpipe/core/events.js';
import {lastMetrics, lastValues, newestFigures, RunState, stageResults, summarise} from '#tfpipe/history/run-state.js';

const key = digestBytes('key');
const outputs = {codes: {kind: 'embedding', digest: digestBytes('codes'), files: []}};
const started: RunEvent = {
  type: 'run-started',
  time: 1,
  runId: 'r',
  recipe: {name: 'r', path: 'r.yaml', seed: 1, params: {}},
  stages: ['data', 'net', 'score', 'map'].map((name) => ({name, use: `test/${name}`, with: {}, after: []})),
  environment: {},
};
const metrics = (step: number, values: Record<string, number>): RunEvent => ({
  type: 'stage-metrics',
  time: step,
  stage: 'net',
  step,
  values,
});
const picture = (step: number): RunEvent => ({type: 'stage-picture', time: 5, stage: 'net', name: 'samples', step, digest: key});
const events: readonly RunEvent[] = [
  started,
  {
    ...{type: 'stage-cached', time: 2, stage: 'data', key, seconds: 9, outputs, deterministic: false},
    metrics: [{step: 0, time: 1, values: {examples: 10}}],
  },
  {type: 'stage-started', time: 3, stage: 'net', key, reason: 'new'},
  {type: 'stage-progress', time: 4, stage: 'net', done: 5, total: 9, unit: 'step', figures: {}},
  {type: 'stage-progress', time: 5, stage: 'net', done: 6, total: 9, unit: 'step', figures: {}},
  ...[picture(1), picture(2)],
  ...[metrics(1, {loss: 3, rate: 0.1}), metrics(2, {loss: 2})],
  {type: 'system-metrics', time: 6, step: 0, values: {cpu: 50}},
];

test('a stage is what its events say, newest last', () => {
  const {stages, load} = summarise(events);
  assert.deepEqual(
    stages.map(({name, result}) => `${name} ${result}`),
    ['data cached', 'net running', 'score waiting', 'map waiting'],
  );
  const [data, net] = stages;
  assert(data && net);
  assert.deepEqual([data.seconds, data.deterministic, data.outputs], [9, false, outputs]);
  assert.deepEqual([net.began, net.first?.done, net.progress?.done, net.pictures['samples']?.step], [3, 5, 6, 2]);
  assert.deepEqual([newestFigures(net), lastValues(net)], [{loss: 2}, {loss: 2, rate: 0.1}]);
  assert.deepEqual(lastMetrics(stages), {'data.examples': 10, 'net.loss': 2, 'net.rate': 0.1});
  assert.deepEqual(load[0]?.values, {cpu: 50});
});

test('a stage that failed, one that was skipped for it, one whose check does not hold, and the end', () => {
  const failed: RunEvent = {type: 'stage-failed', time: 7, stage: 'net', message: 'Expected a lot', stack: '', tail: 'last'};
  const {stages, finished} = summarise([
    ...events,
    {type: 'check-failed', time: 7, check: 'data.examples > 99', stage: 'data', message: 'Expected 99', place: {} as never},
    failed,
    {type: 'stage-skipped', time: 8, stage: 'score', because: 'net'},
    {type: 'stage-finished', time: 9, stage: 'map', key, seconds: 1, peakBytes: 2, outputs},
    {type: 'run-finished', time: 10, outcome: 'failed', seconds: 3},
  ]);
  assert.deepEqual(
    stages.map(({result, message}) => [result, message]),
    [
      ['cached', 'Expected 99'],
      ['failed', 'Expected a lot'],
      ['skipped', '`net` failed'],
      ['done', undefined],
    ],
  );
  assert.deepEqual([stages[1]?.failure, stages[3]?.peakBytes, finished?.outcome], [failed, 2, 'failed']);
});

test('a summary stays what it was when more happens, and events of stages that no plan has change nothing', () => {
  const state = new RunState();
  assert.throws(() => state.summary(), /to begin with `run-started`/);
  for (const event of events) state.hear(event);
  const before = state.summary();
  const copy = structuredClone(before);
  state.hear(metrics(3, {loss: 1}));
  state.hear({...metrics(1, {loss: 1}), stage: 'nobody'} as RunEvent);
  assert.deepEqual(before, copy);
  assert.equal(state.stage('net')?.metrics.length, 3);
  assert.equal(state.stage('nobody'), undefined);
});

test('stages with a result are those that were computed and those from the cache', () => {
  assert.deepEqual(
    [...stageResults(events)].map(([stage, {outputs: found}]) => [stage, found]),
    [['data', outputs]],
  );
});
