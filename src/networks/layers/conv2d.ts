import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import type {Shape} from '../../core/ports.js';
import {addBias} from '../../tensor/kernels.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, type ShapeProblem, showShape} from '../layer.js';

/** How a window moves over a map, and whether a number is added to what it finds. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'valid' | 'same';
  readonly bias: boolean;
}

interface Params extends Window {
  readonly filters: number;
}

const positive = (description: string, maximum: number) => Type.Integer({minimum: 1, maximum, description});

/** Params of a layer that moves a square window. */
export const windowParams = {
  kernel: positive('Height and width of the window.', 1024),
  stride: Type.Optional(positive('Step of the window; 1 when not given.', 1024)),
  padding: Type.Optional(Type.Union([Type.Literal('valid'), Type.Literal('same')], {description: '`valid` when not given.'})),
  bias: Type.Optional(
    Type.Boolean({
      description: 'Whether a number is added to each channel; not needed before `batchNorm`. True when not given.',
    }),
  ),
};

/** Length of a convolution's or pooling's output along one axis; as TensorFlow counts it. */
export const windowedLength = (length: number, window: number, stride: number, padding: 'valid' | 'same'): number =>
  padding === 'same' ? Math.ceil(length / stride) : Math.floor((length - window) / stride) + 1;

/** A square window moved over [height, width, …]; a problem when the map is too small for it. */
export function windowedShape(
  what: string,
  input: Shape,
  window: number,
  stride: number,
  padding: 'valid' | 'same',
): readonly [number, number, number] | ShapeProblem {
  const [height, width, channels] = input;
  if (height === undefined || width === undefined || channels === undefined || input.length !== 3)
    return {
      problem: `Expected the input of \`${what}\` to be [height, width, channels], got shape ${showShape(input)}`,
      hint: 'Put `reshape: [height, width, channels]` before it.',
    };
  const out: readonly [number, number, number] = [
    windowedLength(height, window, stride, padding),
    windowedLength(width, window, stride, padding),
    channels,
  ];
  if (out[0] < 1 || out[1] < 1)
    return {
      problem: `Expected the map under \`${what}\` to be at least ${window}×${window}, got ${height}×${width}`,
      hint: 'Use `padding: same`, a smaller window, or less pooling before it.',
    };
  return out;
}

/** 2-D convolution of float32 [batch, height, width, channels] with bias; `valid` keeps inside the map, `same` pads with zeros. */
export const conv2d = defineLayer<Params>({
  name: 'conv2d',
  summary: '2-D convolution with bias.',
  params: Type.Object(
    {
      filters: positive('Number of output channels.', 65_536),
      ...windowParams,
    },
    {additionalProperties: false},
  ),
  complete: (written) => ({stride: 1, padding: 'valid', bias: true, ...(written as Partial<Params>)}) as Params,
  outputShape: ({filters, kernel, stride, padding}, input) => {
    const out = windowedShape('conv2d', input, kernel, stride, padding);
    return 'problem' in out ? out : [out[0], out[1], filters];
  },
  weights: ({filters, kernel, bias}, input) => {
    const channels = input[2] ?? 0;
    const window = kernel * kernel;
    return [
      {
        name: 'kernel',
        shape: [kernel, kernel, channels, filters],
        initial: {kind: 'glorot', fanIn: window * channels, fanOut: window * filters},
      },
      ...(bias ? [{name: 'bias', shape: [filters], initial: {kind: 'zeros'}} as const] : []),
    ];
  },
  apply: (input, {kernel, bias}, {stride, padding}) => {
    const product = tf.conv2d(input as tfjs.Tensor4D, kernel as tfjs.Tensor4D, stride, padding);
    return bias ? addBias(product, bias) : product;
  },
});
