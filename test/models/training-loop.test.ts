import assert from 'node:assert/strict';
import {test} from 'node:test';
import {trainEpochs} from '#tfpipe/models/training-loop.js';
import type {TrainingStep} from '#tfpipe/tensor/training-step.js';

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
