import assert from 'node:assert/strict';
import {test} from 'node:test';
import {initialState, type SchedulerCommand, type SchedulerEvent, type SchedulerState, step} from '#tfpipe/runner/scheduler.js';

/** Feeds events in turn; returns the commands that the last one gave. */
function play(
  state: SchedulerState,
  ...events: SchedulerEvent[]
): {state: SchedulerState; commands: readonly SchedulerCommand[]} {
  let result: ReturnType<typeof step> = {state, commands: []};
  for (const event of events) result = step(result.state, event);
  return result;
}

const diamond = initialState([
  {name: 'a', after: []},
  {name: 'b', after: ['a']},
  {name: 'c', after: ['a']},
  {name: 'd', after: ['b', 'c']},
]);

test('a stage is looked up once all its inputs are done', () => {
  assert.deepEqual(play(diamond, {type: 'start'}).commands, [{type: 'look-up', stage: 'a'}]);
  const afterA = play(diamond, {type: 'start'}, {type: 'hit', stage: 'a'});
  assert.deepEqual(afterA.commands, [
    {type: 'look-up', stage: 'b'},
    {type: 'look-up', stage: 'c'},
  ]);
  assert.deepEqual(play(afterA.state, {type: 'hit', stage: 'b'}).commands, []);
  assert.deepEqual(play(afterA.state, {type: 'hit', stage: 'b'}, {type: 'hit', stage: 'c'}).commands, [
    {type: 'look-up', stage: 'd'},
  ]);
});

test('a miss is submitted, and a finished stage counts as done', () => {
  const {state, commands} = play(diamond, {type: 'start'}, {type: 'miss', stage: 'a'});
  assert.deepEqual(commands, [{type: 'submit', stage: 'a'}]);
  assert.equal(play(state, {type: 'finished', stage: 'a'}).commands.length, 2);
});

test('what needs a failed stage is skipped and names it; the rest goes on', () => {
  const {state, commands} = play(
    diamond,
    {type: 'start'},
    {type: 'hit', stage: 'a'},
    {type: 'miss', stage: 'b'},
    {type: 'failed', stage: 'b'},
  );
  assert.deepEqual(commands, [{type: 'skip', stage: 'd', because: 'b'}]);
  assert.deepEqual(play(state, {type: 'hit', stage: 'c'}).commands, [{type: 'end', outcome: 'failed'}]);
});

test('a cancelled run starts nothing and ends when the last running stage has', () => {
  const running = play(diamond, {type: 'start'}, {type: 'hit', stage: 'a'}, {type: 'miss', stage: 'b'}, {type: 'cancel'});
  assert.deepEqual(running.commands, []);
  const looked = play(running.state, {type: 'miss', stage: 'c'});
  assert.deepEqual(looked.commands, [], 'a look-up that ends after the cancel is not submitted');
  assert.deepEqual(play(looked.state, {type: 'failed', stage: 'b'}).commands, [{type: 'end', outcome: 'interrupted'}]);
});

test('in whatever order stages end, each is looked up once, after its inputs, and the run ends done', () => {
  let random = 7;
  const next = (below: number): number => {
    random = (random * 1103515245 + 12345) % 2147483648;
    return random % below;
  };
  for (let round = 0; round < 200; round++) {
    const size = 2 + next(10);
    const graph = Array.from({length: size}, (_, index) => ({
      name: `s${index}`,
      after: Array.from({length: index}, (_, input) => `s${input}`).filter(() => next(3) === 0),
    }));
    const looked: string[] = [];
    const done = new Set<string>();
    let outcome: string | undefined;
    let pending: string[] = [];
    let state = initialState(graph);
    const apply = (event: SchedulerEvent): void => {
      const result = step(state, event);
      state = result.state;
      for (const command of result.commands) {
        if (command.type === 'end') outcome = command.outcome;
        if (command.type === 'look-up') {
          looked.push(command.stage);
          pending.push(command.stage);
          assert.ok(graph.find((stage) => stage.name === command.stage)?.after.every((input) => done.has(input)));
        }
      }
    };
    apply({type: 'start'});
    while (pending.length > 0) {
      const stage = pending[next(pending.length)] ?? '';
      pending = pending.filter((other) => other !== stage);
      done.add(stage);
      apply({type: 'hit', stage});
    }
    assert.equal(outcome, 'done');
    assert.deepEqual([...looked].sort(), graph.map((stage) => stage.name).sort());
  }
});
