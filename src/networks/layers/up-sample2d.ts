import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {upSample} from '../../tensor/up-sample.js';
import {defineLayer, fits} from '../layer.js';
import {ofPicture, oneNumber} from './shared.js';

/** Repeats rows and columns of [batch, height, width, channels] (nearest neighbour). */
export const upSample2d = defineLayer({
  name: 'upSample2d',
  description: 'Repeats rows and columns.',
  ...oneNumber('size', Type.Integer({minimum: 1, maximum: 64, description: 'How often each row and each column is repeated.'})),
  outputShape: ({size}, input) =>
    ofPicture('upSample2d', input, (height, width, channels) => fits([height * size, width * size, channels])),
  apply: (input, _weights, params) => upSample(input as tfjs.Tensor4D, params.size),
});
