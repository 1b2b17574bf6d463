import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {AttemptEvent} from '#tfpipe/core/executor.js';
import {EventLog} from '#tfpipe/executors/event-log.js';

const log = (text: string): AttemptEvent => ({attempt: 'a', type: 'log', text});
const progress = (done: number): AttemptEvent => ({attempt: 'a', type: 'progress', done, total: 9, unit: 'step', figures: {}});

async function all(events: AsyncIterable<AttemptEvent>): Promise<readonly AttemptEvent[]> {
  const read: AttemptEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
}

test('every reader gets all events, whenever it begins; the later one only the newest progress', async () => {
  const events = new EventLog();
  const first = all(events.read());
  for (const event of [log('one'), progress(1), progress(2)]) events.push(event);
  const second = all(events.read());
  for (const event of [log('two'), progress(3)]) events.push(event);
  events.end();
  assert.deepEqual(await first, [log('one'), progress(1), progress(2), log('two'), progress(3)]);
  assert.deepEqual(await second, [log('one'), progress(2), log('two'), progress(3)]);
  assert.deepEqual(await all(events.read()), [log('one'), progress(2), log('two'), progress(3)]);
});

test('a reader that leaves while it waits is let go', async () => {
  const events = new EventLog();
  const reader = events.read()[Symbol.asyncIterator]();
  const waiting = reader.next();
  await reader.return?.();
  assert.deepEqual(await waiting, {done: true, value: undefined});
});
