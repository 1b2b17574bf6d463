/** A run in this process: what it asks of the executor and the store, and what it tells. */
import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';
import {digestJson} from '#tfpipe/core/digest.js';
import type {Outcome, RunEvent} from '#tfpipe/core/events.js';
import {stageKey} from '#tfpipe/core/key.js';
import type {Plan, PlannedCheck, PlannedStage} from '#tfpipe/core/plan.js';
import {completeKey} from '#tfpipe/runner/plan/look-up.js';
import {runPlan} from '#tfpipe/runner/run/run.js';
import {FakeClock} from '../../helpers/fake-clock.js';
import {type FakeCall, FakeExecutor} from '../../helpers/fake-executor.js';
import {MemoryStore} from '../../helpers/memory-store.js';
import {seeded} from '../../util/seeded.js';

const graceMilliseconds = 1234;

interface StageOptions {
  readonly fresh?: boolean;
  readonly retries?: number;
  readonly params?: Readonly<Record<string, unknown>>;
}

function stage(name: string, after: readonly string[] = [], {fresh, retries = 0, params = {}}: StageOptions = {}): PlannedStage {
  return {
    name,
    use: 'test/word',
    params,
    inputs: Object.fromEntries(after.map((other) => [`words@${other}`, {stage: other, port: 'out'}])),
    outputs: {out: {kind: 'table', columns: []}},
    after,
    run: {retries, resources: {cpu: 1, gpu: 0}, checkpoint: 30, tripwires: 'fail'},
    ...(fresh !== undefined && {fresh}),
    fields: {
      format: 1,
      type: 'test/word',
      code: digestJson('code'),
      packages: {},
      params: {name, ...params},
      externals: {},
      seed: 1,
      numerics: null,
    },
    extending: [],
  };
}

const diamond = [stage('a'), stage('b', ['a']), stage('c', ['a']), stage('d', ['b', 'c'])];

const planOf = (stages: readonly PlannedStage[], checks: readonly PlannedCheck[]): Plan => ({
  recipe: {name: 'x', path: 'x.yaml', seed: 1, params: {}},
  stages,
  checks,
  lasting: true,
});

interface Started {
  readonly outcome: Promise<Outcome>;
  readonly executor: FakeExecutor;
  readonly store: MemoryStore;
  readonly clock: FakeClock;
  readonly events: readonly RunEvent[];
  /** As Ctrl-C does. */
  readonly interrupt: () => void;
  /** Events as `type stage`. */
  readonly told: () => readonly string[];
}

interface StartOptions {
  readonly store?: MemoryStore;
  readonly keepGoing?: boolean;
  readonly checks?: readonly PlannedCheck[];
}

function start(t: TestContext, stages: readonly PlannedStage[], options: StartOptions = {}): Started {
  const {store = new MemoryStore(), keepGoing = false, checks = []} = options;
  t.after(() => store.close());
  const [executor, clock, cancellation] = [new FakeExecutor(store), new FakeClock(), new AbortController()];
  const events: RunEvent[] = [];
  const emit = (event: RunEvent): void => void events.push(event);
  const {wait} = clock;
  const {signal} = cancellation;
  const outcome = runPlan(planOf(stages, checks), {
    ...{runId: 'run', store, executor, emit, signal, graceMilliseconds, keepGoing, wait},
  });
  const told = (): string[] => events.map((event) => ('stage' in event ? `${event.type} ${event.stage}` : event.type));
  return {outcome, executor, store, clock, events, told, interrupt: () => cancellation.abort()};
}

/** A store in which every stage has a result. */
async function completed(t: TestContext, stages: readonly PlannedStage[]): Promise<MemoryStore> {
  const {outcome, executor, store} = start(t, stages);
  void executor.finishAll();
  assert.equal(await outcome, 'done');
  return store;
}

/** The next calls, by stage. */
async function nextCalls(executor: FakeExecutor, count: number): Promise<Readonly<Record<string, FakeCall>>> {
  const calls = await Promise.all(Array.from({length: count}, () => executor.next()));
  return Object.fromEntries(calls.map((call) => [call.attempt.stage, call]));
}

test('stages that are in the store are not submitted; their results are told and pinned', async (t) => {
  const store = await completed(t, diamond);
  const {outcome, executor, told, events} = start(t, diamond, {store});
  assert.equal(await outcome, 'done');
  assert.deepEqual(executor.submitted, []);
  assert.deepEqual(told().toSorted(), ['stage-cached a', 'stage-cached b', 'stage-cached c', 'stage-cached d']);
  for (const event of events) {
    assert(event.type === 'stage-cached');
    assert.equal(event.outputs['out']?.kind, 'table');
    assert(store.pins.has(event.key));
  }
});

test('a missing stage is submitted under the key of its fields and the content and types of its inputs', async (t) => {
  const {outcome, executor, store, told} = start(t, diamond);
  const {a} = await nextCalls(executor, 1);
  assert(a);
  assert.equal(a.attempt.key, stageKey({...(diamond[0] as PlannedStage).fields, inputs: {}, types: {}}));
  assert.deepEqual(a.attempt.inputs, {});
  await a.finish('content of a');
  const found = await store.lookup(a.attempt.key);
  assert(found.status === 'hit');
  const {b, c} = await nextCalls(executor, 2);
  assert(b && c);
  const made = found.record.outputs['out'];
  assert(made);
  const {fields, key} = completeKey(diamond[1] as PlannedStage, {
    inputs: {'words@a': made.digest},
    types: {'words@a': digestJson(made.type)},
  });
  assert.deepEqual(b.attempt.fields, fields);
  assert.equal(b.attempt.key, key);
  assert.deepEqual(b.attempt.inputs, {'words@a': {key: a.attempt.key, port: 'out'}});
  await c.finish();
  await b.finish();
  await (await executor.next()).finish();
  assert.equal(await outcome, 'done');
  assert.deepEqual(told().slice(0, 2), ['stage-started a', 'stage-finished a']);
  assert.deepEqual(told().slice(-2), ['stage-started d', 'stage-finished d']);
});

test('in whatever order ready stages finish, each is submitted once, when its inputs are done', async (t) => {
  const random = seeded(1);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let round = 0; round < 30; round++) {
    const graph = Array.from({length: 2 + below(8)}, (_, index) =>
      stage(
        `s${index}`,
        Array.from({length: index}, (_, input) => `s${input}`).filter(() => below(3) === 0),
      ),
    );
    const {outcome, executor} = start(t, graph);
    const [done, begun] = [new Set<string>(), new Set<string>()];
    const working: FakeCall[] = [];
    while (done.size < graph.length) {
      for (const {name, after} of graph) {
        if (begun.has(name) || !after.every((input) => done.has(input))) continue;
        begun.add(name);
        working.push(await executor.next());
      }
      const [call] = working.splice(below(working.length), 1);
      assert(call && begun.has(call.attempt.stage), 'no stage begins before its inputs are done');
      done.add(call.attempt.stage);
      await call.finish();
    }
    assert.equal(await outcome, 'done');
    assert.equal(executor.submitted.length, graph.length);
  }
});

test('a stage that is computed anew to the same content leaves what follows in the cache', async (t) => {
  const store = await completed(t, [stage('a'), stage('b', ['a'])]);
  const changed = [stage('a', [], {params: {rate: 2}}), stage('b', ['a'])];
  const {outcome, executor, told, events} = start(t, changed, {store});
  await (await executor.next()).finish('a');
  assert.equal(await outcome, 'done');
  assert.deepEqual(told(), ['stage-started a', 'stage-finished a', 'stage-cached b']);
  assert(events[0]?.type === 'stage-started');
  assert.equal(events[0].reason, 'rate nothing → 2');
});

const branches = [...diamond, stage('e', ['c'])];

test('after a failure what runs may finish, and nothing new begins', async (t) => {
  const {outcome, executor, told} = start(t, branches);
  await (await executor.next()).finish();
  const {b, c} = await nextCalls(executor, 2);
  b?.fail();
  await c?.finish();
  assert.equal(await outcome, 'failed');
  assert.equal(executor.submitted.length, 3);
  assert.deepEqual(told().slice(2), [
    ...['stage-started b', 'stage-failed b', 'stage-skipped d'],
    ...['stage-started c', 'stage-finished c', 'stage-skipped e'],
  ]);
});

test('with `keepGoing` a failure skips what needs the stage, names it, and nothing else', async (t) => {
  const {outcome, executor, events, told} = start(t, branches, {keepGoing: true});
  await (await executor.next()).finish();
  const {b, c} = await nextCalls(executor, 2);
  b?.fail('error', 'out of eggs');
  await c?.finish();
  await (await executor.next()).finish();
  assert.equal(await outcome, 'failed');
  assert.equal(told().at(-1), 'stage-finished e');
  const failed = events.flatMap((event) => (event.type === 'stage-failed' ? [event.message] : []));
  const skipped = events.flatMap((event) => (event.type === 'stage-skipped' ? [[event.stage, event.because]] : []));
  assert.deepEqual([failed, skipped], [['out of eggs'], [['d', 'b']]]);
});

test('a lost attempt is made again, after pauses that grow, as often as its stage says', async (t) => {
  const {outcome, executor, clock, told, events} = start(t, [stage('a', [], {retries: 2})]);
  for (const milliseconds of [1000, 2000]) {
    (await executor.next()).fail('lost', 'the worker is gone');
    const pause = await clock.next();
    assert.equal(pause.milliseconds, milliseconds);
    pause.pass();
  }
  await (await executor.next()).finish();
  assert.equal(await outcome, 'done');
  assert.equal(new Set(executor.submitted.map(({id}) => id)).size, 3, 'each attempt has an id of its own');
  assert.deepEqual(told(), ['stage-started a', 'stage-log a', 'stage-log a', 'stage-finished a']);
  assert(events[1]?.type === 'stage-log');
  assert.equal(events[1].text, 'the worker is gone: attempt 2 of 3 in 1 s');
});

test('a stage fails when its last attempt is lost; an error and a time that is over are not tried again', async (t) => {
  for (const [reason, retries] of [
    ['lost', 0],
    ['error', 2],
    ['timeout', 2],
  ] as const) {
    const {outcome, executor, told} = start(t, [stage('a', [], {retries})]);
    (await executor.next()).fail(reason);
    assert.equal(await outcome, 'failed', reason);
    assert.deepEqual(told(), ['stage-started a', 'stage-failed a']);
  }
});

test('a stage that another run computes is waited for, and its result adopted', async (t) => {
  const {outcome, executor, store, clock, told} = start(t, [stage('a'), stage('b', ['a'])]);
  const call = await executor.next();
  const claim = await store.claim(call.attempt.key);
  assert(claim.status === 'claimed');
  call.hold();
  (await clock.next()).pass();
  const second = await clock.next();
  await call.leaveResult();
  await claim.release();
  second.pass();
  const b = await executor.next();
  assert.equal(b.attempt.stage, 'b');
  await b.finish();
  assert.equal(await outcome, 'done');
  assert.deepEqual(told(), ['stage-started a', 'stage-log a', 'stage-cached a', 'stage-started b', 'stage-finished b']);
});

test('a stage that another run gave up is computed here, and is said to wait once', async (t) => {
  const {outcome, executor, clock, told} = start(t, [stage('a')]);
  for (let times = 0; times < 2; times++) {
    (await executor.next()).hold();
    (await clock.next()).pass();
  }
  await (await executor.next()).finish();
  assert.equal(await outcome, 'done');
  assert.deepEqual(told(), ['stage-started a', 'stage-log a', 'stage-finished a']);
});

test('checks that do not hold are told when all is done, of cached stages too', async (t) => {
  const place = {file: 'x.yaml', line: 1, column: 1, length: 1, text: 'checks'};
  const check = (value: number): PlannedCheck => ({
    text: `a.loss < ${value}`,
    stage: 'a',
    metric: 'loss',
    operator: '<',
    value,
    place,
  });
  const first = start(t, [stage('a')], {checks: [check(1), check(3)]});
  const metrics = [3, 2].map((loss, index) => ({step: index + 1, time: 0, values: {loss}}));
  await (await first.executor.next()).finish('a', metrics);
  assert.equal(await first.outcome, 'check-failed');
  const {time: _, ...failed} = first.events.at(-1) ?? {time: 0};
  const message = 'Expected `a.loss` to be below 1, got 2';
  assert.deepEqual(failed, {type: 'check-failed', check: 'a.loss < 1', stage: 'a', message, place});
  const {store} = first;
  assert.equal(await start(t, [stage('a')], {store, checks: [check(1)]}).outcome, 'check-failed');
  assert.equal(await start(t, [stage('a')], {store, checks: [check(3)]}).outcome, 'done');
});

test('an interrupted run asks the executor to stop, begins nothing, and ends when what ran has ended', async (t) => {
  const {outcome, executor, told, interrupt} = start(t, diamond);
  await (await executor.next()).finish();
  const {b, c} = await nextCalls(executor, 2);
  interrupt();
  assert.deepEqual(executor.cancels, [{stages: ['b', 'c'], graceMilliseconds}]);
  b?.fail('cancelled', 'stopped');
  await c?.finish();
  assert.equal(await outcome, 'interrupted');
  assert.equal(executor.submitted.length, 3);
  assert.deepEqual(told().slice(2), ['stage-started b', 'stage-log b', 'stage-started c', 'stage-finished c']);
});

test('an interrupt ends the pause before another attempt, and the waiting for another run', async (t) => {
  const retried = start(t, [stage('a', [], {retries: 1})]);
  (await retried.executor.next()).fail('lost');
  await retried.clock.next();
  retried.interrupt();
  assert.equal(await retried.outcome, 'interrupted');
  assert.equal(retried.executor.submitted.length, 1);

  const waiting = start(t, [stage('a')]);
  const call = await waiting.executor.next();
  await waiting.store.claim(call.attempt.key);
  call.hold();
  await waiting.clock.next();
  waiting.interrupt();
  assert.equal(await waiting.outcome, 'interrupted');
  assert.equal(waiting.executor.submitted.length, 1);
});

test('a fresh stage is computed although it is in the store, and its result replaces the other', async (t) => {
  const store = await completed(t, [stage('a'), stage('b', ['a'])]);
  const {outcome, executor, events, told} = start(t, [stage('a', [], {fresh: true}), stage('b', ['a'])], {store});
  const call = await executor.next();
  assert.equal(call.attempt.fresh, true);
  await call.finish('other content');
  await (await executor.next()).finish();
  assert.equal(await outcome, 'done');
  assert.deepEqual(told(), ['stage-started a', 'stage-finished a', 'stage-started b', 'stage-finished b']);
  const reasons = events.flatMap((event) => (event.type === 'stage-started' ? [event.reason] : []));
  assert.deepEqual(reasons, ['asked for', 'input words@a changed']);
});

test('what an attempt reports is told of its stage', async (t) => {
  const {outcome, executor, events} = start(t, [stage('a')]);
  const call = await executor.next();
  call.tell({type: 'started'});
  call.tell({type: 'progress', done: 1, total: 2, unit: 'epochs', figures: {loss: 3}});
  call.tell({type: 'metrics', step: 1, time: 5, values: {loss: 3}});
  call.tell({type: 'picture', name: 'samples', step: 1, digest: digestJson('png')});
  call.tell({type: 'log', text: 'half way'});
  await call.leaveResult();
  call.tell({type: 'finished'});
  assert.equal(await outcome, 'done');
  assert.deepEqual(
    events.slice(1, -1).map(({time: _, ...event}) => event),
    [
      {type: 'stage-progress', stage: 'a', done: 1, total: 2, unit: 'epochs', figures: {loss: 3}},
      {type: 'stage-metrics', stage: 'a', step: 1, values: {loss: 3}},
      {type: 'stage-picture', stage: 'a', name: 'samples', step: 1, digest: digestJson('png')},
      {type: 'stage-log', stage: 'a', text: 'half way'},
    ],
  );
});

test('an attempt that finishes without a result in the store is a failure', async (t) => {
  const {outcome, executor, events} = start(t, [stage('a')]);
  (await executor.next()).tell({type: 'finished'});
  assert.equal(await outcome, 'failed');
  const last = events.at(-1);
  assert.equal(last?.type === 'stage-failed' && last.message, 'Expected the result of `a` to be in the store, got nothing');
});

test('a store that fails ends the run with its error', async (t) => {
  const store = new MemoryStore();
  store.lookup = () => Promise.reject(new Error('the disk is gone'));
  await assert.rejects(start(t, [stage('a')], {store}).outcome, /the disk is gone/);
});
