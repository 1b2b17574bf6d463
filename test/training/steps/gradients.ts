import assert from 'node:assert/strict';
import type {Tensor} from '@tensorflow/tfjs';
import {tf} from '#tfpipe/tensor/tensorflow.js';

/**
 * Compares the gradient of Σ compute(x)·w, w fixed and uneven, with central differences: both in float32, so the step is large and
 * the tolerance wide.
 */
export function assertGradient(
  compute: (input: Tensor) => Tensor,
  values: readonly number[],
  shape: number[],
  tolerance = 2e-3,
): void {
  tf.tidy(() => {
    const at = (given: ArrayLike<number>): Tensor => tf.tensor(Float32Array.from(given), shape, 'float32');
    const weighted = (input: Tensor): Tensor => {
      const output = compute(input);
      const weights = tf.tensor(
        Float32Array.from({length: output.size}, (_, index) => Math.sin(index + 1)),
        output.shape,
      );
      return tf.sum(tf.mul(output, weights));
    };
    const found = tf.grad(weighted)(at(values)).dataSync();
    const step = 1e-2;
    for (const [index, value] of values.entries()) {
      const near = (offset: number): number => weighted(at(values.with(index, value + offset))).dataSync()[0] ?? Number.NaN;
      const expected = (near(step) - near(-step)) / (2 * step);
      assert.ok(
        Math.abs((found[index] ?? Number.NaN) - expected) < tolerance,
        `gradient ${index} at ${value}: expected ${expected}, got ${found[index]}`,
      );
    }
  });
}

/** Largest absolute difference of two number lists of the same length. */
export function largestDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  assert.equal(left.length, right.length);
  return Array.from(left).reduce((largest, value, index) => Math.max(largest, Math.abs(value - (right[index] ?? Number.NaN))), 0);
}
