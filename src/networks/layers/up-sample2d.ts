import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {upSample} from '../../tensor/up-sample.js';
import {defineLayer, showShape} from '../layer.js';

interface Params {
  readonly size: number;
}

const size = Type.Integer({minimum: 1, maximum: 64, description: 'How often each row and each column is repeated.'});

/** Repeats rows and columns of [batch, height, width, channels] (nearest neighbour). */
export const upSample2d = defineLayer<Params>({
  name: 'upSample2d',
  summary: 'Repeats rows and columns.',
  params: Type.Union([size, Type.Object({size}, {additionalProperties: false})]),
  complete: (written) => (typeof written === 'number' ? {size: written} : (written as Params)),
  outputShape: (params, input) => {
    const [height = 0, width = 0, channels = 0] = input;
    return input.length === 3
      ? [height * params.size, width * params.size, channels]
      : {
          problem: `Expected the input of \`upSample2d\` to be [height, width, channels], got shape ${showShape(input)}`,
          hint: 'Put `reshape: [height, width, channels]` before it.',
        };
  },
  weights: () => [],
  apply: (input, _weights, params) => upSample(input as tfjs.Tensor4D, params.size),
});
