import type * as tfjs from '@tensorflow/tfjs';
import {drawnProbability, type RandomStream} from './random.js';
import {native, tf} from './tensorflow.js';

/**
 * Operations whose gradient TensorFlow has as one kernel, where tfjs composes it from several. The gradient of an activation is
 * computed from its output; other backends compose the same formula.
 */
function activation(
  forward: (input: tfjs.Tensor) => tfjs.Tensor,
  kernel: string,
  composed: (output: tfjs.Tensor, dy: tfjs.Tensor) => tfjs.Tensor,
) {
  return (input: tfjs.Tensor): tfjs.Tensor =>
    tf.customGrad((x, save) => {
      const output = forward(x as tfjs.Tensor);
      (save as tfjs.GradSaveFunc)([output]);
      const gradFunc = (dy: tfjs.Tensor, saved: tfjs.Tensor[]): tfjs.Tensor => {
        const [y] = saved as [tfjs.Tensor];
        if (!native) return composed(y, dy);
        // ReluGrad and Relu6Grad take (gradients, features); TanhGrad and SigmoidGrad take (y, dy)
        return native.run(kernel, [native.type('T', 'float32')], kernel.startsWith('Relu') ? [dy, y] : [y, dy]);
      };
      return {value: output, gradFunc};
    })(input);
}

/** max(x, 0). */
export const relu = activation(
  (input) => tf.relu(input),
  'ReluGrad',
  (output, dy) => tf.mul(dy, tf.cast(tf.greater(output, 0), 'float32')),
);

/** max(x, 0), at most 6. */
export const relu6 = activation(
  (input) => tf.relu6(input),
  'Relu6Grad',
  (output, dy) => tf.mul(dy, tf.cast(tf.logicalAnd(tf.greater(output, 0), tf.less(output, 6)), 'float32')),
);

/** Hyperbolic tangent; gradient 1 − y². */
export const tanh = activation(
  (input) => tf.tanh(input),
  'TanhGrad',
  (output, dy) => tf.mul(dy, tf.sub(1, tf.square(output))),
);

/** 1 / (1 + e^−x); gradient y (1 − y). */
export const sigmoid = activation(
  (input) => tf.sigmoid(input),
  'SigmoidGrad',
  (output, dy) => tf.mul(dy, tf.mul(output, tf.sub(1, output))),
);

/** x · sigmoid(x), s for the sigmoid; gradient s + x s (1 − s). Source: Ramachandran, Zoph, Le 2017. */
export function swish(input: tfjs.Tensor): tfjs.Tensor {
  return tf.customGrad((x, save) => {
    const features = x as tfjs.Tensor;
    (save as tfjs.GradSaveFunc)([features]);
    const gradFunc = (dy: tfjs.Tensor, saved: tfjs.Tensor[]): tfjs.Tensor => {
      const [kept] = saved as [tfjs.Tensor];
      const share = tf.sigmoid(kept);
      return tf.mul(dy, tf.mul(share, tf.add(1, tf.mul(kept, tf.sub(1, share)))));
    };
    return {value: tf.mul(features, tf.sigmoid(features)), gradFunc};
  })(input);
}

/** log(1 + e^x), computed so that neither end overflows; gradient: the sigmoid. */
export function softplus(input: tfjs.Tensor): tfjs.Tensor {
  return tf.customGrad((x, save) => {
    const features = x as tfjs.Tensor;
    (save as tfjs.GradSaveFunc)([features]);
    const gradFunc = (dy: tfjs.Tensor, saved: tfjs.Tensor[]): tfjs.Tensor => {
      const [kept] = saved as [tfjs.Tensor];
      return native ? native.run('SoftplusGrad', [native.type('T', 'float32')], [dy, kept]) : tf.mul(dy, tf.sigmoid(kept));
    };
    return {value: tf.softplus(features), gradFunc};
  })(input);
}

/** x where it is positive, slope · x elsewhere. Source: Maas, Hannun, Ng 2013. */
export function leakyRelu(input: tfjs.Tensor, slope: number): tfjs.Tensor {
  return tf.customGrad((x, save) => {
    const features = x as tfjs.Tensor;
    (save as tfjs.GradSaveFunc)([features]);
    const gradFunc = (dy: tfjs.Tensor, saved: tfjs.Tensor[]): tfjs.Tensor => {
      const [kept] = saved as [tfjs.Tensor];
      if (native) return native.run('LeakyReluGrad', [native.type('T', 'float32'), native.float('alpha', slope)], [dy, kept]);
      return tf.where(tf.greater(kept, 0), dy, tf.mul(dy, slope));
    };
    return {value: tf.leakyRelu(features, slope), gradFunc};
  })(input);
}

/**
 * Adds a bias [channels] to float32 […, channels]; its gradient sums over all but the last axis. One kernel, which TensorFlow joins to
 * the product or convolution before it.
 */
export function addBias(input: tfjs.Tensor, bias: tfjs.Tensor): tfjs.Tensor {
  return tf.customGrad((x, b) => {
    const [features, offsets] = [x, b] as [tfjs.Tensor, tfjs.Tensor];
    const value = native ? native.run('BiasAdd', [native.type('T', 'float32')], [features, offsets]) : tf.add(features, offsets);
    const gradFunc = (dy: tfjs.Tensor): tfjs.Tensor[] => [
      tf.clone(dy),
      native ? native.run('BiasAddGrad', [native.type('T', 'float32')], [dy]) : tf.sum(dy, axesBeforeLast(dy)),
    ];
    return {value, gradFunc};
  })(input, bias);
}

const axesBeforeLast = ({rank}: tfjs.Tensor): number[] => Array.from({length: rank - 1}, (_, axis) => axis);

/**
 * Sets each value to zero with probability `rate` (as `drawnProbability` rounds it) and divides the others by 1 − rate, which keeps
 * the mean. Source: Srivastava et al. 2014.
 */
export function dropout(input: tfjs.Tensor, rate: number, random: RandomStream): tfjs.Tensor {
  const kept = Math.max(1 / 65536, drawnProbability(1 - rate));
  return tf.mul(
    input,
    tf.tidy(() => tf.mul(random.bernoulli(input.shape, kept), 1 / kept)),
  );
}
