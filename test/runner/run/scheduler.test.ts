import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Scheduler, type SchedulerCommand, type SchedulerEvent} from '#tfpipe/runner/run/scheduler.js';

const diamond = [
  {name: 'a', after: []},
  {name: 'b', after: ['a']},
  {name: 'c', after: ['a']},
  {name: 'd', after: ['b', 'c']},
];

/** Feeds events in turn to a run of the diamond; returns the commands that the last one gave. */
function play(events: readonly SchedulerEvent[], options: {readonly keepGoing?: boolean} = {}): readonly SchedulerCommand[] {
  const scheduler = new Scheduler(diamond, options);
  let commands: readonly SchedulerCommand[] = [];
  for (const event of events) commands = scheduler.step(event);
  return commands;
}

const start = {type: 'start'} as const;
const hit = (stage: string) => ({type: 'hit', stage}) as const;
const miss = (stage: string) => ({type: 'miss', stage}) as const;
const finished = (stage: string) => ({type: 'finished', stage}) as const;
const failed = (stage: string) => ({type: 'failed', stage}) as const;

test('a stage is looked up once all its inputs are done', () => {
  assert.deepEqual(play([start]), [{type: 'look-up', stage: 'a'}]);
  assert.deepEqual(play([start, hit('a')]), [
    {type: 'look-up', stage: 'b'},
    {type: 'look-up', stage: 'c'},
  ]);
  assert.deepEqual(play([start, hit('a'), hit('b')]), []);
  assert.deepEqual(play([start, hit('a'), hit('b'), hit('c')]), [{type: 'look-up', stage: 'd'}]);
});

test('a miss is submitted, and a finished stage counts as done', () => {
  assert.deepEqual(play([start, miss('a')]), [{type: 'submit', stage: 'a'}]);
  assert.equal(play([start, miss('a'), finished('a')]).length, 2);
});

test('what needs a failed stage is skipped and names it; with `keepGoing` the rest goes on', () => {
  const events = [start, hit('a'), miss('b'), failed('b')];
  assert.deepEqual(play(events, {keepGoing: true}), [{type: 'skip', stage: 'd', because: 'b'}]);
  assert.deepEqual(play([...events, miss('c')], {keepGoing: true}), [{type: 'submit', stage: 'c'}]);
  assert.deepEqual(play([...events, hit('c')], {keepGoing: true}), [{type: 'end', outcome: 'failed'}]);
});

test('after a failure what runs may end, and nothing new begins', () => {
  const running = [start, hit('a'), miss('b'), miss('c'), failed('b')];
  assert.deepEqual(play(running), [{type: 'skip', stage: 'd', because: 'b'}]);
  assert.deepEqual(play([...running, finished('c')]), [{type: 'end', outcome: 'failed'}]);
  const looking = [start, hit('a'), miss('b'), failed('b'), miss('c')];
  assert.deepEqual(play(looking), [
    {type: 'skip', stage: 'c', because: 'b'},
    {type: 'end', outcome: 'failed'},
  ]);
});

test('a cancelled run starts nothing and ends when the last running stage has', () => {
  const events = [start, hit('a'), miss('b'), {type: 'cancel'} as const];
  assert.deepEqual(play(events), []);
  assert.deepEqual(play([...events, miss('c')]), [], 'a look-up that ends after the cancel is not submitted');
  assert.deepEqual(play([...events, miss('c'), failed('b')]), [{type: 'end', outcome: 'interrupted'}]);
});

test('a chain of 100,000 stages is gone through, and skipped, in linear time', {timeout: 20_000}, () => {
  const chain = Array.from({length: 100_000}, (_, index) => ({
    name: `s${index}`,
    after: index === 0 ? [] : [`s${index - 1}`],
  }));
  const scheduler = new Scheduler(chain);
  scheduler.step(start);
  for (let index = 0; index < 50_000; index++) assert.equal(scheduler.step(hit(`s${index}`)).length, 1);
  scheduler.step(miss('s50000'));
  assert.equal(scheduler.step(failed('s50000')).length, 50_000);
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
    const scheduler = new Scheduler(graph);
    const apply = (event: SchedulerEvent): void => {
      for (const command of scheduler.step(event)) {
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
