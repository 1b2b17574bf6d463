import {readFileSync} from 'node:fs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {StageContext} from '#tfpipe/core/stage-context.js';
import type {LabelledExamples} from '#tfpipe/numerics/trees/figures.js';
import {uniform} from '../metrics/reference.js';

export const features = 8;
export const classes = 3;

/** Examples of test/reference/trees_sklearn.py: eight features of 50 values each. */
export function examples(seed: number, count = 600): LabelledExamples {
  const x = Float32Array.from(uniform(count * features, seed), (value) => Math.floor(value * 50) / 50);
  const labels = Array.from(uniform(count, seed + 1), (noise, at) => {
    const [a, b, c] = [x[at * features] as number, x[at * features + 5] as number, x[at * features + 2] as number];
    return noise < 0.125 ? Math.floor(noise * 24) : Number(Math.fround(a + b) > 1) + Number(c > Math.fround(0.6));
  });
  return {
    examples: hostTensor('float32', [count, features], x),
    labels: hostTensor('uint8', [count], Uint8Array.from(labels)),
  };
}

export const expected = JSON.parse(readFileSync('test/reference/trees_sklearn.json', 'utf8')) as {
  readonly tree: readonly (readonly [feature: number, threshold: number])[];
  readonly boosting: readonly (readonly number[])[];
  readonly boostingLoss: number;
  readonly forestAccuracy: readonly number[];
  readonly forestLoss: readonly number[];
};

/** What a stage gives to a computation, with checkpoints kept in memory. */
export function context(seed: number, given: Partial<StageContext> = {}): StageContext & {readonly saved: Uint8Array[]} {
  const saved: Uint8Array[] = [];
  return {
    seed,
    report: {progress: () => {}, metrics: () => {}, picture: () => {}, log: () => {}},
    signal: new AbortController().signal,
    checkpoints: {
      everySeconds: 1000,
      load: async () => undefined,
      save: async (bytes) => void saved.push(bytes),
      loadFinished: async () => undefined,
      saveFinished: async () => {},
    },
    saved,
    ...given,
  };
}
