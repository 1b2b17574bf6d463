import type * as tfjs from '@tensorflow/tfjs';
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
