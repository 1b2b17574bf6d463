import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {RunEvent} from '#tfpipe/core/events.js';
import type {Observer} from '#tfpipe/core/observer.js';
import {Observers} from '#tfpipe/session/observers.js';

const event: RunEvent = {type: 'stage-log', time: 1, stage: 'a', text: 'hello'};

/** An observer that notes what is asked of it, and fails where it is told to. */
const noting = (name: string, notes: string[], failing?: 'hear' | 'close'): Observer => ({
  hear: () => {
    notes.push(`${name} hears`);
    if (failing === 'hear') throw new Error(`${name} is deaf`);
  },
  close: async () => {
    notes.push(`${name} closes`);
    if (failing === 'close') throw new Error(`${name} does not close`);
  },
});

test('observers hear in order and close in reverse', async () => {
  const notes: string[] = [];
  const observers = new Observers([noting('a', notes), noting('b', notes)], assert.fail);
  observers.hear(event);
  await observers.close();
  assert.deepEqual(notes, ['a hears', 'b hears', 'b closes', 'a closes']);
});

test('one that fails to hear stops the run, once: none hears more, all close, and its error is thrown', async () => {
  const notes: string[] = [];
  const observers = new Observers([noting('a', notes, 'hear'), noting('b', notes, 'close')], () => notes.push('stop'));
  observers.hear(event);
  observers.hear(event);
  await assert.rejects(observers.close(), /a is deaf/);
  assert.deepEqual(notes, ['a hears', 'stop', 'b closes', 'a closes']);
});

test('one that fails to close keeps no other from closing', async () => {
  const notes: string[] = [];
  const observers = new Observers([noting('a', notes), noting('b', notes, 'close')], assert.fail);
  await assert.rejects(observers.close(), /b does not close/);
  assert.deepEqual(notes, ['b closes', 'a closes']);
});
