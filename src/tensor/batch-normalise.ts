import type * as tfjs from '@tensorflow/tfjs';
import {sizeOf} from '../core/host-tensor.js';
import type {Attribute, TensorflowBinding} from './binding.js';
import {native, tf} from './tensorflow.js';

/** Told the mean and the variance (divided by the number of values) of each channel. */
type Statistics = (mean: tfjs.Tensor1D, variance: tfjs.Tensor1D) => void;

interface Normalised {
  readonly value: tfjs.Tensor;
  readonly gradFunc: (dy: tfjs.Tensor, saved: tfjs.Tensor[]) => tfjs.Tensor[];
}

/**
 * (x − mean) / √(variance + ε) · scale + shift over all axes but the last, float32 […, channels], with the statistics of `input`
 * itself. One kernel each way on TensorFlow. Source: Ioffe and Szegedy 2015.
 */
export function batchNormalise(
  input: tfjs.Tensor,
  scale: tfjs.Tensor1D,
  shift: tfjs.Tensor1D,
  epsilon: number,
  statistics: Statistics,
): tfjs.Tensor {
  return tf.customGrad((...given) => {
    const [x, gamma, beta, save] = given as unknown as [tfjs.Tensor, tfjs.Tensor1D, tfjs.Tensor1D, tfjs.GradSaveFunc];
    return native
      ? fused(native, x, gamma, beta, epsilon, statistics, save)
      : composed(x, gamma, beta, epsilon, statistics, save);
  })(input, scale, shift);
}

/** TensorFlow's kernel takes images only: any other input is one of 1×1 pixels. */
function fused(
  tensorflow: TensorflowBinding,
  x: tfjs.Tensor,
  gamma: tfjs.Tensor1D,
  beta: tfjs.Tensor1D,
  epsilon: number,
  statistics: Statistics,
  save: tfjs.GradSaveFunc,
): Normalised {
  const channels = gamma.size;
  const images: [number, number, number, number] = [sizeOf(x.shape) / channels, 1, 1, channels];
  const {addon, backend} = tensorflow;
  const attributes: Attribute[] = [
    tensorflow.type('T', 'float32'),
    tensorflow.type('U', 'float32'),
    tensorflow.float('epsilon', epsilon),
    tensorflow.text('data_format', 'NHWC'),
    {name: 'is_training', type: addon['TF_ATTR_BOOL'] as number, value: true},
  ];
  const flat = tf.reshape(x, images);
  const none = tf.tensor1d([], 'float32');
  const outputs = backend.executeMultipleOutputs('FusedBatchNormV3', attributes, [flat, gamma, beta, none, none], 6);
  const [value, mean, variance, ...reserved] = outputs as [tfjs.Tensor, tfjs.Tensor1D, tfjs.Tensor1D, ...tfjs.Tensor[]];
  // the kernel's variance is divided by one less
  statistics(mean, tf.mul(variance, (images[0] - 1) / images[0]));
  save([flat, gamma, ...reserved]);
  return {
    value: tf.reshape(value, x.shape),
    gradFunc: (dy, [images4d, scale, ...kept]) => {
      const inputs = [tf.reshape(dy, images), images4d as tfjs.Tensor, scale as tfjs.Tensor, ...kept];
      const [dx, dgamma, dbeta] = backend.executeMultipleOutputs('FusedBatchNormGradV3', attributes, inputs, 5);
      return [tf.reshape(dx as tfjs.Tensor, dy.shape), dgamma as tfjs.Tensor, dbeta as tfjs.Tensor];
    },
  };
}

function composed(
  x: tfjs.Tensor,
  gamma: tfjs.Tensor1D,
  beta: tfjs.Tensor1D,
  epsilon: number,
  statistics: Statistics,
  save: tfjs.GradSaveFunc,
): Normalised {
  const axes = Array.from({length: x.rank - 1}, (_, axis) => axis);
  const {mean, variance} = tf.moments(x, axes) as {mean: tfjs.Tensor1D; variance: tfjs.Tensor1D};
  statistics(mean, variance);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const standard = tf.mul(tf.sub(x, mean), inverse);
  save([standard, gamma, inverse]);
  return {
    value: tf.add(tf.mul(standard, gamma), beta),
    gradFunc: (dy, saved) => {
      const [normal, scale, factor] = saved as [tfjs.Tensor, tfjs.Tensor1D, tfjs.Tensor1D];
      const dgamma = tf.sum(tf.mul(dy, normal), axes);
      const dbeta = tf.sum(dy, axes);
      const count = dy.size / scale.size;
      const mean = tf.div(tf.add(dbeta, tf.mul(normal, dgamma)), count);
      return [tf.mul(tf.sub(dy, mean), tf.mul(scale, factor)), dgamma, dbeta];
    },
  };
}
