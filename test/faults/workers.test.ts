/** Worker processes that end, hang or shout: each is told as what it was, costs its own stage alone, and leaves nothing behind. */
import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import type {Sandbox} from '../cli/pipeline.js';
import {childrenOf, computed, type Fault, faultySandbox, isAlive, recipe, start, until} from './faulty.js';

/** Runs the recipe with a fault; then a run without it must be as if nothing had happened. */
function withFault(
  fault: Fault,
  {run, args = [], environment}: {run?: string; args?: readonly string[]; environment?: Record<string, string>} = {},
): {readonly status: number | null; readonly told: string; readonly box: Sandbox} {
  const box = faultySandbox(environment);
  box.write('faulty.yaml', recipe(fault, run));
  const {status, stdout, stderr} = box.pipeline('run', 'faulty.yaml', '--jobs', '1', ...args);
  const told = stdout + stderr;
  assert.doesNotMatch(told, /\n\s+at /, 'no stack trace of ours');
  return {status, told, box};
}

const recovers = (box: Sandbox): void => {
  box.write('faulty.yaml', recipe('none'));
  const {status, stdout, stderr} = box.pipeline('run', 'faulty.yaml');
  assert.equal(status, 0, stdout + stderr);
  const verified = box.pipeline('cache', 'verify');
  assert.equal(verified.status, 0, verified.stdout);
  const store = join(box.folder, '.tfpipe/store');
  for (const folder of ['tmp', 'leases', 'quarantine']) assert.deepEqual(readdirSync(join(store, folder)), [], folder);
};

const lost: readonly [fault: Fault, told: RegExp, environment?: Record<string, string>][] = [
  ['killed', /Expected the worker process to give a result, but it was ended by SIGKILL; the usual cause is too little memory/],
  ['exit', /Expected the worker process to give a result, but it ended with exit code 0/],
  [
    'heap',
    /Expected the worker process to give a result, but it was ended by SIGABRT; the usual cause is too little memory/,
    {NODE_OPTIONS: '--max-old-space-size=48'},
  ],
  ['throw', /`\.\/word\.ts` threw TypeError: out of eggs \(word\.ts:\d+:\d+\)/],
];
for (const [fault, sentence, environment] of lost) {
  test(`${fault}: told as that; what does not need the stage is done with --keep-going`, () => {
    const {status, told, box} = withFault(fault, {args: ['--keep-going'], ...(environment && {environment})});
    assert.equal(status, 1, told);
    assert.match(told, sentence);
    assert.match(told, /last .*skipped/);
    assert.equal(computed(box), 'bfm');
    recovers(box);
    assert.equal(computed(box), 'bflmm', 'only what was missing was computed');
  });
}

test('a stage that fails ends the run; what had not begun is not begun', () => {
  const {status, told, box} = withFault('throw');
  assert.equal(status, 1);
  assert.match(told, /last .*skipped/);
  assert.doesNotMatch(computed(box), /l/);
});

test('a lost worker is replaced as often as `run.retries` says; an error of the stage is not tried again', () => {
  const tried = withFault('killed', {run: '{retries: 2}'});
  assert.equal(tried.status, 0, tried.told);
  assert.match(tried.told, /was ended by SIGKILL.*attempt 2 of 3 in 1 s/);
  assert.equal(computed(tried.box), 'bflmm');

  const wrong = withFault('throw', {run: '{retries: 2}'});
  assert.equal(wrong.status, 1);
  assert.equal(computed(wrong.box).replace('b', ''), 'fm');
});

test('a stage that hangs in a loop is ended when its `run.timeout` is over', () => {
  const {status, told, box} = withFault('hang', {run: '{timeout: 1}'});
  assert.equal(status, 1, told);
  assert.match(told, /Expected `middle` to end within 1 s \(its `run\.timeout`\), but it took longer/);
  recovers(box);
});

test('a stage that is asked to stop when its time is over need not be killed', () => {
  const {status, told} = withFault('wait', {run: '{timeout: 1}'});
  assert.equal(status, 1, told);
  assert.match(told, /Expected `middle` to end within 1 s/);
});

test('a gigabyte of output costs the coordinator no memory and hides no result', {timeout: 120_000}, () => {
  const {status, told, box} = withFault('shout', {environment: {NODE_OPTIONS: '--max-old-space-size=128'}});
  assert.equal(status, 0, told);
  assert.ok(told.length < 10_000, `${told.length} characters were passed on`);
  assert.ok(existsSync(join(box.folder, 'runs/latest/report.html')));
});

test('workers end with a coordinator that is killed, even one that hangs in a loop', {timeout: 120_000}, async () => {
  const box = faultySandbox();
  box.write('faulty.yaml', recipe('hang'));
  const {process: run, ended} = start(box, ['run', 'faulty.yaml', '--jobs', '1']);
  await until('the stage that hangs', () => computed(box).includes('m'));
  const workers = childrenOf(run.pid);
  assert.ok(workers.length > 0);
  run.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL');
  await until('the end of its workers', () => !workers.some(isAlive));
  recovers(box);
});
