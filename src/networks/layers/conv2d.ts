import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import type {Shape} from '../../core/ports.js';
import {addBias} from '../../tensor/kernels.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits, misfit, type ShapeFit} from '../layer.js';
import {ofPicture} from './shared.js';

/** Settings of a window that moves over a map, and whether a bias is added. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'valid' | 'same';
  readonly bias: boolean;
}

interface Params extends Window {
  readonly filters: number;
}

const positive = ({description}: {readonly description: string}, maximum: number) =>
  Type.Integer({minimum: 1, maximum, description});

/** Params of a layer that moves a square window. */
export const windowParams = {
  kernel: positive({description: 'Height and width of the window.'}, 1024),
  stride: Type.Optional(positive({description: 'Step of the window; 1 when not given.'}, 1024)),
  padding: Type.Optional(Type.Union([Type.Literal('valid'), Type.Literal('same')], {description: '`valid` when not given.'})),
  bias: Type.Optional(
    Type.Boolean({
      description: 'Whether a number is added to each channel; not needed before `batchNorm`. True when not given.',
    }),
  ),
};

/** Length of a convolution's or pooling's output along one axis; as TensorFlow counts it. */
const windowedLength = (length: number, window: number, stride: number, padding: 'valid' | 'same'): number =>
  padding === 'same' ? Math.ceil(length / stride) : Math.floor((length - window) / stride) + 1;

/** Shape of what a square window gives that is moved over [height, width, channels]; a misfit when the map is too small for it. */
export function windowedShape(
  name: string,
  input: Shape,
  {kernel, stride, padding}: Omit<Window, 'bias'>,
  filters?: number,
): ShapeFit {
  return ofPicture(name, input, (height, width, channels) => {
    const [rows, columns] = [windowedLength(height, kernel, stride, padding), windowedLength(width, kernel, stride, padding)];
    if (rows >= 1 && columns >= 1) return fits([rows, columns, filters ?? channels]);
    return misfit(
      `Expected the map under \`${name}\` to be at least ${kernel}×${kernel}, got ${height}×${width}`,
      'Use `padding: same`, a smaller window, or less pooling before it.',
    );
  });
}

/** 2-D convolution of float32 [batch, height, width, channels] with bias; `valid` keeps inside the map, `same` pads with zeros. */
export const conv2d = defineLayer<Params>({
  name: 'conv2d',
  description: '2-D convolution with bias.',
  params: Type.Object(
    {
      filters: positive({description: 'Number of output channels.'}, 65_536),
      ...windowParams,
    },
    {additionalProperties: false},
  ),
  complete: (written) => ({stride: 1, padding: 'valid', bias: true, ...(written as Partial<Params>)}) as Params,
  outputShape: (params, input) => windowedShape('conv2d', input, params, params.filters),
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
