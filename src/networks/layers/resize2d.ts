import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {resizeBilinear} from '../../tensor/resize.js';
import {defineLayer, fits} from '../layer.js';
import {ofPicture} from './shared.js';

interface Params {
  readonly size: readonly [height: number, width: number];
}

const side = Type.Integer({minimum: 1, maximum: 4096});
const size = Type.Union([side, Type.Array(side, {minItems: 2, maxItems: 2})], {
  description: 'Height and width; one number for both.',
});

/** Both sides of a picture from what was written. */
const sides = (written: unknown): readonly [number, number] =>
  typeof written === 'number' ? [written, written] : (written as readonly [number, number]);

/**
 * Pictures [batch, height, width, channels] in another size, by linear interpolation between the centres of pixels; what is made smaller
 * is not blurred first. As TensorFlow's `tf.image.resize`.
 */
export const resize2d = defineLayer<Params>({
  name: 'resize2d',
  description: 'Pictures in another size, bilinear.',
  params: Type.Union([size, Type.Object({size}, {additionalProperties: false})]),
  complete: (written) => ({size: sides((written as {size?: unknown}).size ?? written)}),
  outputShape: ({size: [height, width]}, input) =>
    ofPicture('resize2d', input, (_height, _width, channels) => fits([height, width, channels])),
  apply: (input, _weights, params) => resizeBilinear(input as tfjs.Tensor4D, params.size),
});
