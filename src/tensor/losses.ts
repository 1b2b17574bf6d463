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

/**
 * Cross-entropy log Σ e^z − z[label] of each example, float32 [batch], from logits z [batch, classes] and int32 labels [batch]. The
 * largest logit is taken off first, so nothing overflows; gradient softmax(z) − one-hot(label).
 */
export function softmaxCrossEntropy(labels: tfjs.Tensor1D, logits: tfjs.Tensor2D): tfjs.Tensor1D {
  return tf.customGrad((z, save) => {
    const input = z as tfjs.Tensor2D;
    const [value, gradient] = tf.tidy(() => {
      // asked for float32, the wasm backend of tfjs 4.22 gives integers' bits
      const chosen = tf.cast(tf.oneHot(labels, input.shape[1]), 'float32');
      const shifted = tf.sub(input, tf.max(input, 1, true));
      const exponentials = tf.exp(shifted);
      const total = tf.sum(exponentials, 1, true);
      const loss = tf.sub(tf.log(tf.squeeze(total, [1])), tf.sum(tf.mul(shifted, chosen), 1));
      return [loss, tf.sub(tf.div(exponentials, total), chosen)] as [tfjs.Tensor1D, tfjs.Tensor2D];
    });
    (save as tfjs.GradSaveFunc)([gradient]);
    const gradFunc = (dy: tfjs.Tensor, saved: tfjs.Tensor[]): tfjs.Tensor =>
      tf.mul(tf.expandDims(dy, 1), saved[0] as tfjs.Tensor);
    return {value, gradFunc};
  })(logits) as tfjs.Tensor1D;
}
