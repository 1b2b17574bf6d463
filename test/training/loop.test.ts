import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {Interrupted} from '#tfpipe/core/stage-context.js';
import type {Companion} from '#tfpipe/training/companion.js';
import {trainEpochs} from '#tfpipe/training/loop.js';
import {stage, steps} from './stage.js';

const loop = {examples: 6, batchSize: 1, epochs: 2, validateEvery: 1, evaluate: () => ({})};

async function savesAt(everySeconds: number, milliseconds: number): Promise<number> {
  const saves: Uint8Array[] = [];
  const save = async (bytes: Uint8Array): Promise<void> => void saves.push(bytes);
  await trainEpochs({...loop, ...steps({milliseconds})}, stage({checkpoints: {everySeconds, save}}));
  return saves.length;
}

test('a checkpoint is written as often as the stage says, and never within a tenth of a second', async () => {
  assert.equal(await savesAt(0.1, 105), 12);
  assert.equal(await savesAt(0.3, 105), 4);
  assert.equal(await savesAt(0, 50), 6);
  assert.equal(await savesAt(30, 105), 0);
});

/** Keeps the numbers of the steps that it looks at: each fourth, and the last of an epoch. */
function watcher(stop: AbortController, stopAfter = Number.POSITIVE_INFINITY): Companion & {looks(): readonly number[]} {
  let looks: number[] = [];
  return {
    looks: () => looks,
    afterStep: async ({step, endsEpoch}) => {
      if (!endsEpoch && step % 4 !== 0) return;
      looks.push(step);
      if (looks.length === stopAfter) stop.abort();
    },
    state: {
      read: () => ({steps: hostTensor('int32', [looks.length], Int32Array.from(looks))}),
      write: ({steps: kept}) => {
        looks = [...(kept?.data ?? [])];
      },
    },
  };
}

test('companions look when they want, and what each kept comes back with the checkpoint', async () => {
  const saved: Uint8Array[] = [];
  const run = async (stopAfter?: number): Promise<(readonly number[])[]> => {
    const stop = new AbortController();
    const watchers = [watcher(stop), watcher(stop, stopAfter)];
    const epochs: Companion = {afterEpoch: () => {}};
    const checkpoints = {load: async () => saved.at(-1), save: async (bytes: Uint8Array) => void saved.push(bytes)};
    const training = {
      ...loop,
      ...steps({milliseconds: 105}),
      companions: [watchers[0] as Companion, epochs, watchers[1] as Companion],
    };
    await trainEpochs(training, stage({signal: stop.signal, checkpoints}));
    return watchers.map((each) => each.looks());
  };
  const whole = await run();
  assert.deepEqual(whole, [
    [4, 6, 8, 12],
    [4, 6, 8, 12],
  ]);
  await assert.rejects(run(2), Interrupted);
  assert.ok(saved.length > 0);
  assert.deepEqual(await run(), whole);
});

test('weights are brought up to date for who asks after a step, once after an epoch', async () => {
  const pulls: number[] = [];
  const {step, now} = steps({milliseconds: 1});
  const asking: Companion = {afterStep: async ({pullWeights}) => pullWeights()};
  await trainEpochs({...loop, step: {...step, pullWeights: () => void pulls.push(1)}, now, companions: [asking]}, stage({}));
  assert.equal(pulls.length, 12);
});

test('any companion can end a training, and the last epoch is measured then', async () => {
  const histories: number[][] = [];
  const companions: Companion[] = [
    {afterEpoch: (history) => void histories.push(history.map((figures) => figures['validation/loss'] ?? 0))},
    {isOver: (history) => history.length === 3},
  ];
  const training = {...loop, ...steps({milliseconds: 1}), epochs: 9, validateEvery: 2, evaluate: () => ({'validation/loss': 5})};
  const history = await trainEpochs({...training, companions}, stage({}));
  assert.deepEqual(
    history.map(({epoch}) => epoch),
    [1, 2, 3],
  );
  assert.deepEqual(histories, [[0], [0, 5], [0, 5, 0], [0, 5, 5]]);
});
