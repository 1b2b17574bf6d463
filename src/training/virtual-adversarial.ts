import type * as tfjs from '@tensorflow/tfjs';
import type {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';

/**
 * The largest change of the examples' class probabilities within `radius` (Euclidean, in units of the inputs): the mean over the batch
 * of KL(p(x) ‖ p(x + r)), in nats. r is found by one step along the gradient from a random point at that distance; neither r nor p(x)
 * gets a gradient. `logitsOf`: [batch, …] → [batch, classes], the same function at each call.
 * Source: Miyato, Maeda, Koyama, Nakae, Ishii 2016: Distributional Smoothing with Virtual Adversarial Training, arXiv:1507.00677.
 */
export function virtualAdversarialLoss(
  logitsOf: (inputs: tfjs.Tensor) => tfjs.Tensor2D,
  inputs: tfjs.Tensor,
  radius: number | tfjs.Scalar,
  random: RandomStream,
): tfjs.Scalar {
  const truth = tf.softmax(logitsOf(inputs));
  const changeAt = (point: tfjs.Tensor): tfjs.Scalar => tf.mean(divergence(truth, logitsOf(point)));
  const start = ofLength(random.normal(inputs.shape), radius);
  const worst = ofLength(tf.grad((offset) => changeAt(tf.add(inputs, offset)))(start), radius);
  return changeAt(moved(inputs, worst));
}

/** KL(p ‖ softmax(logits)) of each row, in nats, float32 [rows]; p gets no gradient. */
export function divergence(p: tfjs.Tensor2D, logits: tfjs.Tensor2D): tfjs.Tensor1D {
  return tf.customGrad((z, save) => {
    const logQ = tf.logSoftmax(z as tfjs.Tensor2D);
    (save as tfjs.GradSaveFunc)([tf.sub(tf.exp(logQ), p)]);
    const value = tf.sum(tf.mul(p, tf.sub(tf.log(tf.maximum(p, 1e-30)), logQ)), 1) as tfjs.Tensor1D;
    return {value, gradFunc: (dy: tfjs.Tensor, saved: tfjs.Tensor[]) => tf.mul(tf.expandDims(dy, 1), saved[0] as tfjs.Tensor)};
  })(logits) as tfjs.Tensor1D;
}

/** inputs + offset, of which the offset gets no gradient. */
const moved = (inputs: tfjs.Tensor, offset: tfjs.Tensor): tfjs.Tensor =>
  tf.customGrad((x) => ({value: tf.add(x as tfjs.Tensor, offset), gradFunc: (dy: tfjs.Tensor) => dy}))(inputs);

/** Each example scaled to a Euclidean length; one of zeros stays so. */
function ofLength(examples: tfjs.Tensor, length: number | tfjs.Scalar): tfjs.Tensor {
  const axes = examples.shape.slice(1).map((_, axis) => axis + 1);
  // the largest value first, since squares of small gradients are 0 in float32
  const scaled = tf.div(examples, tf.maximum(tf.max(tf.abs(examples), axes, true), 1e-30));
  const norm = tf.sqrt(tf.maximum(tf.sum(tf.square(scaled), axes, true), 1e-30));
  return tf.mul(scaled, tf.div(length, norm));
}
