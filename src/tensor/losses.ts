import type * as tfjs from '@tensorflow/tfjs';
import {relu} from './kernels.js';
import {tf} from './tensorflow.js';

/**
 * Binary cross-entropy −y log σ(z) − (1 − y) log(1 − σ(z)) of each value, from logits z; labels y in 0..1, of z's shape.
 * Computed as max(z, 0) − z y + log(1 + e^−|z|), which overflows nowhere; gradient σ(z) − y. Labels get no gradient.
 */
export function sigmoidCrossEntropy(labels: tfjs.Tensor, logits: tfjs.Tensor): tfjs.Tensor {
  return tf.customGrad((z, save) => {
    const input = z as tfjs.Tensor;
    const value = tf.tidy(() => tf.add(tf.sub(tf.relu(input), tf.mul(input, labels)), tf.log1p(tf.exp(tf.neg(tf.abs(input))))));
    (save as tfjs.GradSaveFunc)([input, labels]);
    const gradFunc = (dy: tfjs.Tensor, saved: tfjs.Tensor[]): tfjs.Tensor => {
      const [keptLogits, keptLabels] = saved as [tfjs.Tensor, tfjs.Tensor];
      return tf.mul(dy, tf.sub(tf.sigmoid(keptLogits), keptLabels));
    };
    return {value, gradFunc};
  })(logits);
}

/**
 * Cross-entropy log Σ e^z − z[label] of each example, float32 [batch], from logits z [batch, classes] and int32 labels [batch]. The
 * largest logit is taken off first, so nothing overflows; gradient softmax(z) − target. The target is one-hot(label), or with `smoothing`
 * s that times 1 − s plus s / classes (Szegedy et al. 2016).
 */
export function softmaxCrossEntropy(labels: tfjs.Tensor1D, logits: tfjs.Tensor2D, smoothing = 0): tfjs.Tensor1D {
  return tf.customGrad((z, save) => {
    const input = z as tfjs.Tensor2D;
    const [value, gradient] = tf.tidy(() => {
      // asked for float32, the wasm backend of tfjs 4.22 gives integers' bits
      const chosen = tf.cast(tf.oneHot(labels, input.shape[1]), 'float32');
      const target = smoothing === 0 ? chosen : tf.add(tf.mul(chosen, 1 - smoothing), smoothing / input.shape[1]);
      const shifted = tf.sub(input, tf.max(input, 1, true));
      const exponentials = tf.exp(shifted);
      const total = tf.sum(exponentials, 1, true);
      const loss = tf.sub(tf.log(tf.squeeze(total, [1])), tf.sum(tf.mul(shifted, target), 1));
      return [loss, tf.sub(tf.div(exponentials, total), target)] as [tfjs.Tensor1D, tfjs.Tensor2D];
    });
    (save as tfjs.GradSaveFunc)([gradient]);
    const gradFunc = (dy: tfjs.Tensor, saved: tfjs.Tensor[]): tfjs.Tensor =>
      tf.mul(tf.expandDims(dy, 1), saved[0] as tfjs.Tensor);
    return {value, gradFunc};
  })(logits) as tfjs.Tensor1D;
}

/**
 * Hinge of one class against the rest, Σ max(0, 1 − y z)^power over the classes of each example, float32 [batch], from scores z
 * [batch, classes] and int32 labels [batch]; y is 1 for the label and −1 for the others. Source: Rifkin and Klautau 2004.
 */
export function hinge(labels: tfjs.Tensor1D, scores: tfjs.Tensor2D, power: 1 | 2): tfjs.Tensor1D {
  const signs = tf.sub(tf.mul(tf.cast(tf.oneHot(labels, scores.shape[1]), 'float32'), 2), 1);
  const short = relu(tf.sub(1, tf.mul(signs, scores)));
  return tf.sum(power === 1 ? short : tf.square(short), 1) as tfjs.Tensor1D;
}
