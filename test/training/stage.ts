import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {Checkpoints, StageContext} from '#tfpipe/core/stage-context.js';
import type {TrainingStep} from '#tfpipe/training/steps/training-program.js';

/** A stage that keeps nothing and reports to nobody, but for what is given. */
export const stage = (given: {
  readonly checkpoints?: Partial<Checkpoints>;
  readonly signal?: AbortSignal;
  readonly trip?: (sentence: string) => void;
}): StageContext => ({
  seed: 1,
  report: {progress: () => {}, metrics: () => {}, picture: () => {}, log: () => {}},
  signal: new AbortController().signal,
  ...given,
  checkpoints: {
    everySeconds: 1000,
    load: async () => undefined,
    save: async () => {},
    loadFinished: async () => undefined,
    saveFinished: async () => {},
    ...given.checkpoints,
  },
});

interface Steps {
  /** Milliseconds that a step takes on the clock. */
  readonly milliseconds: number;
  /** Loss, and the one weight, after so many steps. */
  readonly loss?: (steps: number) => number;
  readonly weight?: (steps: number) => number;
}

/** A step that computes nothing, and the clock that it moves. */
export function steps({milliseconds, loss = () => 1, weight = () => 1}: Steps) {
  let [taken, time] = [0, 0];
  const step: TrainingStep = {
    compiled: false,
    run: () => {
      taken += 1;
      time += milliseconds;
      return {loss: loss(taken)};
    },
    readState: () => ({weight: hostTensor('float32', [1], Float32Array.of(weight(taken)))}),
    writeState: () => {},
    pullWeights: () => {},
    dispose: () => {},
  };
  return {step, now: () => time, taken: () => taken};
}
