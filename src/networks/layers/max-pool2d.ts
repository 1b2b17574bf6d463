import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';
import {windowedShape} from './conv2d.js';
import {oneNumber} from './shared.js';

/** Largest value of each size×size window, [batch, height, width, channels]; rows and columns left over are dropped. */
export const maxPool2d = defineLayer({
  name: 'maxPool2d',
  description: 'Largest value of each window.',
  ...oneNumber('size', Type.Integer({minimum: 1, maximum: 1024, description: 'Height and width of the window, and its step.'})),
  outputShape: ({size}, input) => windowedShape('maxPool2d', input, {kernel: size, stride: size, padding: 'valid'}),
  apply: (input, _weights, {size}) => tf.maxPool(input as tfjs.Tensor4D, size, size, 'valid'),
});
