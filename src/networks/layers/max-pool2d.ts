import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';
import {windowedShape} from './conv2d.js';

interface Params {
  readonly size: number;
}

const size = Type.Integer({minimum: 1, maximum: 1024, description: 'Height and width of the window, and its step.'});

/** Largest value of each size×size window, [batch, height, width, channels]; rows and columns left over are dropped. */
export const maxPool2d = defineLayer<Params>({
  name: 'maxPool2d',
  summary: 'Largest value of each window.',
  params: Type.Union([size, Type.Object({size}, {additionalProperties: false})]),
  complete: (written) => (typeof written === 'number' ? {size: written} : (written as Params)),
  outputShape: (params, input) => windowedShape('maxPool2d', input, params.size, params.size, 'valid'),
  weights: () => [],
  apply: (input, _weights, params) => tf.maxPool(input as tfjs.Tensor4D, params.size, params.size, 'valid'),
});
