import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {appendFile, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {journal, readJournal} from '#tfpipe/history/journal.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-journal-'));
after(() => rm(scratch, {recursive: true, force: true}));

test('events read back as they were, NaN and infinity too; a line that a crash cut off is left out', async () => {
  const path = join(scratch, 'events.ndjson');
  const events = [
    {type: 'stage-metrics', time: 1, stage: 'a', step: 1, values: {loss: Number.NaN, rate: 0.5, worst: Number.NEGATIVE_INFINITY}},
    {type: 'stage-log', time: 2, stage: 'a', text: 'two\nlines, "quotes" and ünïcode'},
    {type: 'run-finished', time: 3, outcome: 'done', seconds: 0.002},
  ] as const;
  const {hear, close} = journal(path);
  events.forEach(hear);
  hear({type: 'stage-progress', time: 4, stage: 'a', done: 1, total: 2, unit: 'step', figures: {}});
  await close();
  await appendFile(path, '{"type":"stage-log","time":5,"sta');
  assert.deepEqual(await readJournal(path), events);
});

test('a process that is killed while it writes leaves every event before, in order', {timeout: 30_000}, async () => {
  const path = join(scratch, 'killed.ndjson');
  const script = `import {journal} from '#tfpipe/history/journal.js';
    const {hear} = journal(${JSON.stringify(path)});
    for (let step = 1; ; step++) {
      hear({type: 'stage-metrics', time: step, stage: 'a', step, values: {loss: step}});
      if (step === 200) process.stdout.write('on');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {stdio: ['ignore', 'pipe', 'inherit']});
  child.stdout.once('data', () => child.kill('SIGKILL'));
  await once(child, 'close');
  const steps = (await readJournal(path)).map((event) => (event.type === 'stage-metrics' ? event.step : undefined));
  assert.ok(steps.length >= 200);
  assert.deepEqual(
    steps,
    Array.from(steps, (_, index) => index + 1),
  );
});

test('a journal of version 1 reads without its paths; the event by which MLflow knows the run stays to the letter', async () => {
  const path = join(scratch, 'old.ndjson');
  const digest = 'ab'.repeat(32);
  const file = {name: 'table.json', digest, bytes: 3};
  const started = {
    type: 'run-started',
    version: 1,
    time: 1,
    runId: 'r',
    folder: '/runs/r',
    recipe: {},
    stages: [],
    environment: {},
  };
  const finished = {type: 'stage-finished', time: 3, stage: 'a', key: digest, seconds: 1, peakBytes: 1};
  const output = {kind: 'table', digest};
  const written = [
    started,
    {type: 'stage-picture', time: 2, stage: 'a', name: 'samples', step: 1, path: '/runs/r/pictures/a/samples-000001.png'},
    {...finished, outputs: {scores: {...output, files: [{...file, path: '/store/blobs/ab/abab'}]}}},
    {type: 'stage-metrics', time: 4, stage: 'a', step: 1, values: {loss: {nonFinite: 'NaN'}}},
  ];
  await appendFile(path, written.map((event) => `${JSON.stringify(event)}\n`).join(''));
  assert.deepEqual(await readJournal(path), [
    started,
    {...finished, outputs: {scores: {...output, files: [file]}}},
    {type: 'stage-metrics', time: 4, stage: 'a', step: 1, values: {loss: Number.NaN}},
  ]);
});
