import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Attempt} from '#tfpipe/core/executor.js';
import {lostWorker} from '#tfpipe/runner/run/lost-worker.js';

const attempt = {stage: 'aae', run: {timeout: 5}} as unknown as Attempt;
const lost = (end: {readonly signal?: string; readonly exitCode?: number; readonly cancelled?: boolean}, tail = ['last words']) =>
  lostWorker(attempt, {tail, cancelled: false, ...end});

test('a worker that ends by itself is lost, with its last lines', () => {
  assert.deepEqual(lost({exitCode: 3}), {
    reason: 'lost',
    message: 'Expected the worker process to give a result, but it ended with exit code 3',
    stack: '',
    tail: 'last words',
  });
});

test('one that the system killed, or whose heap was full, had too little memory', () => {
  assert.match(lost({signal: 'SIGKILL'}).message, /was ended by SIGKILL; the usual cause is too little memory$/);
  assert.match(lost({exitCode: 134}, ['JavaScript heap out of memory']).message, /too little memory$/);
});

test('one that was asked to stop is cancelled, and one that ends by its alarm took too long', () => {
  assert.equal(lost({signal: 'SIGKILL', cancelled: true}).reason, 'cancelled');
  const late = lost({signal: 'SIGALRM'});
  assert.equal(late.reason, 'timeout');
  assert.equal(late.message, 'Expected `aae` to end within 5 s (its `run.timeout`), but it took longer');
});
