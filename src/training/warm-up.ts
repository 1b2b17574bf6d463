import type * as tfjs from '@tensorflow/tfjs';
import type {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';

/** Rises evenly from 0 at the first step to `value` after `steps` of them, and stays: float32 scalar at the step that `random` is for. */
export function warmedUp(value: number, steps: number, {step}: RandomStream): tfjs.Scalar {
  if (steps === 0) return tf.scalar(value);
  return tf.mul(value, tf.minimum(1, tf.div(tf.cast(step, 'float32'), steps)));
}
