import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Promised} from './promise.js';
import {type ExecutorHarness, Rig} from './rig.js';

const graceMilliseconds = 60_000;

/** The part of the suite about attempts that are cancelled, take too long, or whose executor is closed. */
export function stopContract(harness: ExecutorHarness, promise: Promised): void {
  promise('an attempt that is cancelled before it starts never starts', 1, async (rig) => {
    const running = await rig.attempt('running');
    const waiting = await rig.attempt('waiting');
    await rig.submit(running, waiting);
    const call = await rig.node.next();
    await rig.cancel([running, waiting], graceMilliseconds);
    await call.asked;
    call.stop();
    assert.equal((await rig.failure(running)).reason, 'cancelled');
    assert.equal((await rig.failure(waiting)).reason, 'cancelled');
    assert.equal(rig.node.begun, 1);
  });

  promise('a cancel stops the attempts that it names and no other', 2, async (rig) => {
    const a = await rig.attempt('a');
    const b = await rig.attempt('b');
    await rig.submit(a, b);
    const [first, second] = await rig.node.nextOnes(2);
    await rig.cancel([a], graceMilliseconds);
    await first?.asked;
    first?.stop();
    assert.equal((await rig.failure(a)).reason, 'cancelled');
    second?.finish();
    assert.equal((await rig.ended(b)).type, 'finished');
  });

  promise('an attempt that has not stopped when the grace is over is killed, and counts as cancelled', 1, async (rig) => {
    const a = await rig.attempt('a');
    await rig.submit(a);
    const call = await rig.node.next();
    await rig.cancel([a], 50);
    await call.asked;
    await call.gone;
    assert.equal((await rig.failure(a)).reason, 'cancelled');
  });

  promise('an attempt may finish although it was asked to stop', 1, async (rig) => {
    const a = await rig.attempt('a');
    await rig.submit(a);
    const call = await rig.node.next();
    await rig.cancel([a], graceMilliseconds);
    await call.asked;
    call.finish();
    assert.equal((await rig.ended(a)).type, 'finished');
  });

  promise('a cancel after the end changes nothing', 1, async (rig) => {
    const a = await rig.attempt('a');
    await rig.submit(a);
    (await rig.node.next()).finish();
    await rig.ended(a);
    await rig.cancel([a], 0);
    assert.equal((await rig.store.lookup(a.key)).status, 'hit');
  });

  promise('an attempt whose time is over is asked to stop, and is told apart from a cancelled one', 1, async (rig) => {
    const a = await rig.attempt('a', {timeout: 0.05});
    const b = await rig.attempt('b');
    await rig.submit(a, b);
    const call = await rig.node.next();
    await call.asked;
    call.stop();
    const failure = await rig.failure(a);
    assert.equal(failure.reason, 'timeout');
    assert.match(failure.message, /Expected `a` to end within 0.05 s/);
    (await rig.node.next()).finish();
    assert.equal((await rig.ended(b)).type, 'finished', 'the next has time of its own');
  });

  promise('an attempt whose time is over and that does not stop is killed', 1, async (rig) => {
    const a = await rig.attempt('a', {timeout: 0.05});
    await rig.submit(a);
    await (await rig.node.next()).gone;
    assert.equal((await rig.failure(a)).reason, 'timeout');
  });

  test(`${harness.name}: closing ends what is at work and what waits, and leaves no process`, {timeout: 60_000}, async (t) => {
    const rig = await Rig.open(harness, {slots: 2});
    t.after(() => rig.tearDown());
    await rig.submit(...(await Promise.all(['a', 'b', 'c'].map((name) => rig.attempt(name)))));
    const calls = await rig.node.nextOnes(2);
    await rig.close();
    await Promise.all(calls.map(({gone}) => gone));
    assert.equal(rig.node.begun, 2);
  });

  for (const end of ['cancelled', 'closed'] as const)
    test(`${harness.name}: an attempt that is ${end} at any moment of its start does not escape`, {
      timeout: 60_000,
    }, async (t) => {
      for (let moments = 0; moments < 24; moments++) {
        const rig = await Rig.open(harness, {slots: 1});
        t.after(() => rig.tearDown());
        const a = await rig.attempt('a');
        void rig.submit(a);
        for (let moment = 0; moment < moments; moment++) await null;
        if (end === 'cancelled') {
          void rig.cancel([a], graceMilliseconds);
          void rig.node.next().then((call) => call.asked.then(() => call.stop()));
          assert.equal((await rig.failure(a)).reason, 'cancelled');
          rig.checkEvents();
        }
        await rig.close();
      }
    });
}
