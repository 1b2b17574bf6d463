import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {addBias, sigmoid, swish} from '../../tensor/kernels.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits} from '../layer.js';
import {ofPicture, oneNumber} from './shared.js';

/**
 * Weighs the channels of [batch, height, width, channels]: their means go through two dense layers, swish and sigmoid, and what comes
 * out multiplies each channel. Source: Hu, Shen, Sun 2017; activations as in EfficientNet (Tan, Le 2019).
 */
export const squeezeExcite = defineLayer({
  name: 'squeezeExcite',
  description: 'Weighs channels by what all channels are on the mean.',
  ...oneNumber(
    'units',
    Type.Integer({minimum: 1, maximum: 65_536, description: 'Number of values that the means are squeezed to.'}),
  ),
  outputShape: (_params, input) => ofPicture('squeezeExcite', input, () => fits(input)),
  weights: ({units: squeezed}, input) => {
    const channels = input[2] ?? 0;
    return [
      {name: 'reduceKernel', shape: [channels, squeezed], initial: {kind: 'glorot', fanIn: channels, fanOut: squeezed}},
      {name: 'reduceBias', shape: [squeezed], initial: {kind: 'zeros'}},
      {name: 'expandKernel', shape: [squeezed, channels], initial: {kind: 'glorot', fanIn: squeezed, fanOut: channels}},
      {name: 'expandBias', shape: [channels], initial: {kind: 'zeros'}},
    ];
  },
  apply: (input, weights) => {
    const {reduceKernel, reduceBias, expandKernel, expandBias} = weights as Record<string, tfjs.Tensor2D>;
    const means = tf.mean(input, [1, 2]) as tfjs.Tensor2D;
    const squeezed = swish(addBias(tf.matMul(means, reduceKernel as tfjs.Tensor2D), reduceBias as tfjs.Tensor));
    const shares = sigmoid(
      addBias(tf.matMul(squeezed as tfjs.Tensor2D, expandKernel as tfjs.Tensor2D), expandBias as tfjs.Tensor),
    );
    return tf.mul(input, tf.reshape(shares, [input.shape[0] ?? 0, 1, 1, input.shape[3] ?? 0]));
  },
});
