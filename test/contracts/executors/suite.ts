import assert from 'node:assert/strict';
import {type Digest, digestBytes, digestJson} from '#tfpipe/core/digest.js';
import {promisesOf} from './promise.js';
import {type ExecutorHarness, Rig} from './rig.js';
import {stopContract} from './stops.js';

/** The promises of every executor (src/core/executor.ts), tested with nodes that do what the test says. */
export function executorContract(harness: ExecutorHarness): void {
  const promise = promisesOf(harness);

  promise('the middle of a diamond runs side by side, and each stage has the words of those before it', 2, async (rig) => {
    const {node, store} = rig;
    const a = await rig.attempt('a');
    await rig.submit(a);
    (await node.next()).finish();
    assert.equal((await rig.ended(a)).type, 'finished');
    const b = await rig.attempt('b', {after: [a]});
    const c = await rig.attempt('c', {after: [a]});
    await rig.submit(b, c);
    const middle = await node.nextOnes(2);
    assert.deepEqual(
      middle.map(({name, inputs}) => [name, inputs]),
      [
        ['b', {a: ['a']}],
        ['c', {a: ['a']}],
      ],
    );
    for (const call of middle) call.finish(['a', call.name]);
    await Promise.all([rig.ended(b), rig.ended(c)]);
    const d = await rig.attempt('d', {after: [b, c]});
    await rig.submit(d);
    const last = await node.next();
    assert.deepEqual(last.inputs, {b: ['a', 'b'], c: ['a', 'c']});
    last.finish();
    assert.equal((await rig.ended(d)).type, 'finished');
    for (const {stage, key} of [a, b, c, d]) assert.equal((await store.lookup(key)).status, 'hit', stage);
  });

  promise('of attempts that finish, fail and crash, each ends once, whatever the others do', 3, async (rig) => {
    const names = ['finish-1', 'fail-1', 'crash-1', 'finish-2', 'crash-2', 'fail-2', 'finish-3'];
    const attempts = await Promise.all(names.map((name) => rig.attempt(name)));
    await rig.submit(...attempts);
    for (const _ of attempts) {
      const call = await rig.node.next();
      call.log('at work');
      if (call.name.startsWith('finish')) call.finish();
      else if (call.name.startsWith('fail')) call.fail('out of eggs');
      else call.crash();
    }
    const ends = await Promise.all(attempts.map((attempt) => rig.ended(attempt)));
    const told = ends.map((end) => (end.type === 'failed' ? end.failure.reason : end.type));
    assert.deepEqual(told, ['finished', 'error', 'lost', 'finished', 'lost', 'error', 'finished']);
  });

  promise('an id that is submitted again starts once, while it waits, runs, and after its end', 3, async (rig) => {
    const a = await rig.attempt('a');
    const b = await rig.attempt('b');
    await rig.submit(a, a, b);
    const [first, second] = await rig.node.nextOnes(2);
    assert.deepEqual([first?.name, second?.name], ['a', 'b']);
    await rig.submit(a);
    first?.finish();
    await rig.ended(a);
    const c = await rig.attempt('c');
    await rig.submit(a, c);
    const third = await rig.node.next();
    assert.equal(third.name, 'c');
    second?.finish();
    third.finish();
    await Promise.all([rig.ended(b), rig.ended(c)]);
    assert.equal(rig.node.begun, 3);
  });

  promise('no more attempts run at a time than there are slots, and they begin in the order they came', 2, async (rig) => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const attempts = await Promise.all(names.map((name) => rig.attempt(name)));
    await rig.submit(...attempts);
    const running = [...(await rig.node.nextOnes(2))];
    // a third would have begun before another executor has come this far
    const other = await Rig.open(harness, {slots: 1});
    try {
      const beside = await other.attempt('beside');
      await other.submit(beside);
      (await other.node.next()).finish();
      await other.ended(beside);
    } finally {
      await other.tearDown();
    }
    const order = running.map(({name}) => name);
    for (let call = running.shift(); call; call = running.shift()) {
      call.finish();
      if (order.length === names.length) continue;
      const next = await rig.node.next();
      order.push(next.name);
      running.push(next);
    }
    await Promise.all(attempts.map((attempt) => rig.ended(attempt)));
    assert.deepEqual(order, names);
    assert.equal(rig.node.most, 2);
  });

  promise('a node that throws is an error with its sentence and its place, and leaves no result', 1, async (rig) => {
    const a = await rig.attempt('a');
    await rig.submit(a);
    (await rig.node.next()).fail('out of eggs');
    const failure = await rig.failure(a);
    assert(failure.reason === 'error');
    assert.match(failure.message, /out of eggs/);
    assert.match(failure.stack, /controlled-plugin/);
    assert.deepEqual(await rig.store.lookup(a.key), {status: 'miss'});
  });

  promise('a worker that is killed is a loss; the next attempt has its checkpoint', 1, async (rig) => {
    const first = await rig.attempt('a');
    const second = await rig.attempt('a');
    assert.equal(first.key, second.key);
    await rig.submit(first);
    const lost = await rig.node.next();
    assert.equal(lost.checkpoint, null);
    await lost.save('half of it');
    lost.crash();
    const failure = await rig.failure(first);
    assert.equal(failure.reason, 'lost');
    assert.match(failure.message, /^Expected .*, but it .*$/);
    await rig.submit(second);
    const call = await rig.node.next();
    assert.equal(call.checkpoint, 'half of it');
    assert.notEqual(call.pid, lost.pid);
    call.finish();
    assert.equal((await rig.ended(second)).type, 'finished');
  });

  promise('an attempt is held while another process has the claim, and starts no node', 1, async (rig) => {
    const first = await rig.attempt('a');
    const claim = await rig.store.claim(first.key);
    assert(claim.status === 'claimed');
    await rig.submit(first);
    assert.equal((await rig.ended(first)).type, 'held');
    await claim.release();
    const second = await rig.attempt('a');
    await rig.submit(second);
    (await rig.node.next()).finish();
    assert.equal((await rig.ended(second)).type, 'finished');
    assert.equal(rig.node.begun, 1);
  });

  promise('of two attempts at one key one computes; a later one finds the result', 2, async (rig) => {
    const attempts = [await rig.attempt('a'), await rig.attempt('a')];
    await rig.submit(...attempts);
    const call = await rig.node.next();
    const held = await Promise.race(attempts.map((attempt) => rig.ended(attempt)));
    assert.equal(held.type, 'held');
    call.finish();
    const ends = await Promise.all(attempts.map((attempt) => rig.ended(attempt)));
    assert.deepEqual(ends.map(({type}) => type).sort(), ['finished', 'held']);
    const later = await rig.attempt('a');
    await rig.submit(later);
    assert.equal((await rig.ended(later)).type, 'finished');
    assert.equal(rig.node.begun, 1);
  });

  promise('a coordinator that reattaches gets the events of the run again, from the first', 1, async (rig) => {
    const a = await rig.attempt('a');
    await rig.submit(a);
    const call = await rig.node.next();
    call.log('before');
    call.progress(1, 2);
    await rig.heard(a, ({type}) => type === 'progress');
    const again = rig.eventsAgain(a);
    call.log('after');
    call.finish();
    await rig.ended(a);
    const types = ['started', 'log', 'progress', 'log', 'finished'];
    assert.deepEqual(
      (await again).map(({type}) => type),
      types,
    );
    assert.deepEqual(await rig.eventsAgain(a), rig.events);
  });

  promise('progress, metrics, pictures and logs arrive once and in order', 1, async (rig) => {
    const a = await rig.attempt('a');
    await rig.submit(a);
    const call = await rig.node.next();
    call.log('one');
    for (let step = 1; step <= 20; step++) {
      call.progress(step, 20);
      call.metrics(step, {loss: 1 / step});
    }
    call.picture('samples', 20, [1, 2, 3]);
    call.log('two');
    call.finish();
    await rig.ended(a);
    const events = rig.eventsOf(a);
    // progress may be thinned out, but for the last
    const progress = events.flatMap((event) => (event.type === 'progress' ? [event.done] : []));
    assert.equal(progress.at(-1), 20);
    assert.deepEqual(
      progress,
      [...new Set(progress)].sort((left, right) => left - right),
    );
    const rest = events.flatMap((event): readonly unknown[] => {
      if (event.type === 'log') return [event.text];
      if (event.type === 'metrics') return [[event.step, event.values]];
      return event.type === 'progress' || event.type === 'picture' ? [] : [event.type];
    });
    const metrics = Array.from({length: 20}, (_, index) => [index + 1, {loss: 1 / (index + 1)}]);
    assert.deepEqual(rest, ['started', 'one', ...metrics, 'two', 'finished']);
    // a picture is stored first: others may pass it, but for the end
    const picture = events.slice(0, -1).filter(({type}) => type === 'picture');
    const digest = digestBytes(Uint8Array.of(1, 2, 3));
    assert.deepEqual(picture, [{attempt: a.id, type: 'picture', name: 'samples', step: 20, digest}]);
    const found = await rig.store.lookup(a.key);
    assert.equal(found.status === 'hit' && found.record.metrics.length, 20);
  });

  promise('code other than what the run was planned with is refused', 1, async (rig) => {
    const code: Digest = digestJson('other code');
    const a = await rig.attempt('a', {fields: {code}});
    await rig.submit(a);
    const failure = await rig.failure(a);
    assert.equal(failure.reason, 'error');
    assert.match(failure.message, /Expected the code of `test\/controlled` to be what the run was planned with/);
    assert.equal(rig.node.begun, 0);
  });

  promise('an input that is not in the store is an error that names it', 1, async (rig) => {
    const a = await rig.attempt('a');
    const b = {...(await rig.attempt('b')), inputs: {'words@a': {key: a.key, port: 'words'}}};
    await rig.submit(b);
    assert.match((await rig.failure(b)).message, /Expected the input `words@a` to be in the store, got nothing/);
    assert.equal(rig.node.begun, 0);
  });

  stopContract(harness, promise);
}
