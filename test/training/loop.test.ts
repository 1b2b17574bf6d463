import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {Interrupted} from '#tfpipe/core/stage-context.js';
import {type TrainingCompanion, trainEpochs} from '#tfpipe/training/loop.js';
import type {TrainingStep} from '#tfpipe/training/steps/training-program.js';

/** Each step takes a little longer than the loop keeps the process to itself. */
const step: TrainingStep = {
  compiled: false,
  run: () => {
    for (const began = performance.now(); performance.now() - began < 105; );
    return {loss: 1};
  },
  readState: () => ({}),
  writeState: () => {},
  pullWeights: () => {},
  dispose: () => {},
};

async function savesAt(everySeconds: number): Promise<number> {
  let saves = 0;
  await trainEpochs(
    {step, examples: 3, batchSize: 1, epochs: 1, validateEvery: 1, evaluate: () => ({})},
    {
      seed: 1,
      report: {progress: () => {}, metrics: () => {}, picture: () => {}, log: () => {}},
      signal: new AbortController().signal,
      checkpoints: {
        everySeconds,
        load: async () => undefined,
        loadFinished: async () => undefined,
        saveFinished: async () => {},
        save: async () => {
          saves += 1;
        },
      },
    },
  );
  return saves;
}

test('a checkpoint is written as often as the stage says', async () => {
  assert.equal(await savesAt(0.1), 3);
  assert.equal(await savesAt(30), 0);
});

/** Runs until `stopAfter` looks of the companion, if given; what it kept is what a checkpoint must bring back. */
async function looks(saved: {bytes?: Uint8Array}, stopAfter?: number): Promise<readonly number[]> {
  let taken: number[] = [];
  const stop = new AbortController();
  const quick = {...step, run: () => ({loss: 1})};
  const companion: TrainingCompanion = {
    wants: (done, epochEnded) => epochEnded || done % 4 === 0,
    take: async (done) => {
      taken.push(done);
      if (taken.length === stopAfter) stop.abort();
    },
    readState: () => ({steps: hostTensor('int32', [taken.length], Int32Array.from(taken))}),
    writeState: ({steps}) => {
      taken = [...(steps?.data ?? [])];
    },
  };
  const slow = stopAfter === undefined ? quick : {...quick, run: step.run};
  await trainEpochs(
    {step: slow, examples: 6, batchSize: 1, epochs: 2, validateEvery: 1, evaluate: () => ({}), companion},
    {
      seed: 1,
      report: {progress: () => {}, metrics: () => {}, picture: () => {}, log: () => {}},
      signal: stop.signal,
      checkpoints: {
        everySeconds: 1000,
        load: async () => saved.bytes,
        loadFinished: async () => undefined,
        saveFinished: async () => {},
        save: async (bytes) => {
          saved.bytes = bytes;
        },
      },
    },
  );
  return taken;
}

test('a companion looks where it wants, and what it kept comes back with the checkpoint', async () => {
  const whole = await looks({});
  assert.deepEqual(whole, [4, 6, 8, 12]);
  const saved: {bytes?: Uint8Array} = {};
  await assert.rejects(looks(saved, 2), Interrupted);
  assert.ok(saved.bytes);
  assert.deepEqual(await looks(saved), whole);
});
