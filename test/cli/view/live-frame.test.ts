import assert from 'node:assert/strict';
import {test} from 'node:test';
import {liveFrame} from '#tfpipe/cli/view/live-frame.js';
import {stageTable} from '#tfpipe/cli/view/stage-table.js';
import {cutCells, widthOf} from '#tfpipe/cli/view/text-width.js';
import type {Digest} from '#tfpipe/core/digest.js';
import type {RunEvent} from '#tfpipe/core/events.js';
import {RunState} from '#tfpipe/history/run-state.js';

const start = Date.UTC(2026, 0, 2);
const key = 'aa' as Digest;
const moment = {now: start + 60_000, spinner: '*'};

/** A run of a chain of stages: the first are cached, then some run, the others wait. */
function runOf(count: number, cached: number, running: number): RunState {
  const run = new RunState();
  const names = Array.from({length: count}, (_, index) => `stage-${index + 1}`);
  const events: RunEvent[] = [
    {
      type: 'run-started',
      time: start,
      runId: 'r',
      recipe: {name: 'r', path: 'r.yaml', seed: 0, params: {}},
      stages: names.map((name, index) => ({
        name,
        use: 'train/classifier',
        with: {},
        after: index === 0 ? [] : [names[index - 1] ?? ''],
      })),
      environment: {},
    },
    ...names
      .slice(0, cached)
      .map((stage): RunEvent => ({type: 'stage-cached', time: start, stage, key, seconds: 3, outputs: {}, metrics: []})),
    ...names.slice(cached, cached + running).flatMap((stage): RunEvent[] => [
      {type: 'stage-started', time: start, stage, key, reason: 'new'},
      ...[10, 30].map(
        (done): RunEvent => ({
          type: 'stage-progress',
          time: start + done * 1000,
          stage,
          done,
          total: 100,
          unit: 'step',
          figures: {epoch: 3, reconstructionLoss: 0.25, discriminatorLoss: 0.7123},
        }),
      ),
    ]),
    {
      type: 'system-metrics',
      time: start,
      step: 0,
      values: {
        cpu_utilization_percentage: 97.6,
        system_memory_usage_megabytes: 5100,
        system_memory_usage_percentage: 21.3,
        gpu_0_utilization_percentage: 93,
        gpu_0_memory_usage_megabytes: 11_000,
        gpu_0_memory_usage_percentage: 14,
      },
    },
  ];
  for (const event of events) run.hear(event);
  return run;
}

test('a window of 100 columns: every stage in its place, rate, time left and losses of the one that runs, the load of the machine', () => {
  assert.deepEqual(liveFrame(runOf(4, 2, 1), {columns: 100, rows: 24}, moment), [
    '● stage-1  train/classifier  cached',
    '● stage-2  train/classifier  cached',
    '* stage-3  train/classifier  █████▏░░░░░░░░░░░  30 %  1 min 10 s left  1 step/s  epoch 3',
    '│   reconstructionLoss 0.25    discriminatorLoss 0.7123',
    '○ stage-4  train/classifier  ← stage-3',
    '2 of 4 · 1 min 00 s · cpu 98 % · memory 5.1 GB (21 %) · gpu 93 %, 11 GB (14 %)',
  ]);
});

test('more stages than lines: those that run, between counts', () => {
  assert.deepEqual(liveFrame(runOf(200, 120, 2), {columns: 80, rows: 24}, moment), [
    '● 120 cached',
    '* stage-121  ████▊░░░░░░░░░░░  30 %  1 min 10 s left  1 step/s  epoch 3',
    '* stage-122  ████▊░░░░░░░░░░░  30 %  1 min 10 s left  1 step/s  epoch 3',
    '○ 78 waiting',
    '120 of 200 · 1 min 00 s · cpu 98 % · memory 5.1 GB (21 %) · gpu 93 %, 11 GB (14 %)',
  ]);
});

test('no frame is higher than its window, and none is empty, however many stages run in however low a window', () => {
  for (const rows of [5, 6, 12, 24, 60])
    for (const columns of [20, 40, 80, 300])
      for (const count of [1, 4, 9, 21, 22, 200]) {
        const frame = liveFrame(runOf(count, Math.floor(count / 2), Math.floor(count / 3)), {columns, rows}, moment);
        assert(frame.length < rows || rows < 7, `${count} stages, ${columns}×${rows}: ${frame.length} lines`);
        assert(frame.length > 1);
      }
});

test('at 40 columns the bar, the rate and the time left are still whole', () => {
  const lines = liveFrame(runOf(4, 2, 1), {columns: 40, rows: 24}, moment);
  for (const piece of ['30 %', '1 step/s', '1 min 10 s left'])
    assert(
      lines.some((line) => line.includes(piece)),
      piece,
    );
  assert(
    lines.slice(0, -1).every((line) => widthOf(line) < 40),
    lines.join('\n'),
  );
});

test('at 300 columns what a stage reports stands in one line', () => {
  assert.equal(liveFrame(runOf(4, 2, 1), {columns: 300, rows: 24}, moment).length, 5);
});

test('a line is cut by columns, not by characters, and keeps its colours', () => {
  assert.equal(cutCells('\u001b[31mabcdef\u001b[39m', 6), '\u001b[31mabcdef\u001b[39m');
  assert.equal(cutCells('\u001b[31mabcdef\u001b[39mg', 4), '\u001b[31mabc…\u001b[0m');
  assert.equal(cutCells('数字数字', 6), '数字…');
  assert.equal(cutCells('é👍\u001b[1m数字数字', 5), 'é👍\u001b[1m…\u001b[0m');
});

test('the table of a run with more stages than the window has lines counts the cached ones', () => {
  const text = stageTable(runOf(200, 190, 0).stages, {columns: 80, rows: 24});
  assert.equal(text.split('\n').length, 1 + 10 + 2);
  assert.match(text, /● 190 cached\n$/);
});
