import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {addBias} from '../../tensor/kernels.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';
import {type Window, windowedShape, windowParams} from './conv2d.js';

/** 2-D convolution of each channel by a kernel of its own, float32 [batch, height, width, channels]. Source: Sifre 2014, Howard et al. 2017. */
export const depthwiseConv2d = defineLayer<Window>({
  name: 'depthwiseConv2d',
  description: '2-D convolution of each channel by itself, with bias.',
  params: Type.Object(windowParams, {additionalProperties: false}),
  complete: (written) => ({stride: 1, padding: 'valid', bias: true, ...(written as Partial<Window>)}) as Window,
  outputShape: (params, input) => windowedShape('depthwiseConv2d', input, params),
  weights: ({kernel, bias}, input) => {
    const channels = input[2] ?? 0;
    const window = kernel * kernel;
    return [
      {name: 'kernel', shape: [kernel, kernel, channels, 1], initial: {kind: 'glorot', fanIn: window, fanOut: window}},
      ...(bias ? [{name: 'bias', shape: [channels], initial: {kind: 'zeros'}} as const] : []),
    ];
  },
  apply: (input, {kernel, bias}, {stride, padding}) => {
    const product = tf.depthwiseConv2d(input as tfjs.Tensor4D, kernel as tfjs.Tensor4D, stride, padding);
    return bias ? addBias(product, bias) : product;
  },
});
