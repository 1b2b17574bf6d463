import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import type {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';

export interface Augmentation {
  readonly flip: boolean;
  readonly shift: number;
}

export const augmentParam = Type.Object(
  {
    flip: Type.Boolean({default: false, description: 'Mirror half of the images left to right.'}),
    shift: Type.Integer({
      minimum: 0,
      maximum: 64,
      default: 0,
      description: 'Pixels that images are moved by at most, each way; edges that come in are as dark as the darkest pixel.',
    }),
  },
  {additionalProperties: false, default: {}, description: 'Random changes of the training images, new ones at every step.'},
);

/**
 * Moves each image of float32 [batch, height, width, channels] by whole pixels, up to `shift` each way, and mirrors half of them;
 * `background` comes in at the edges. Every image is multiplied from both sides by matrices of zeros and ones, so that a compiled step
 * can choose them anew, and no pixel is rounded in float32.
 */
export function augment(
  images: tfjs.Tensor4D,
  {flip, shift}: Augmentation,
  background: number,
  random: RandomStream,
): tfjs.Tensor4D {
  if (!flip && shift === 0) return images;
  const [batch, height, width, channels] = images.shape;
  const across = choose([...moves(width, shift, false), ...(flip ? moves(width, shift, true) : [])], batch, width, random);
  const raised = tf.sub(images, background) as tfjs.Tensor;
  const rows = tf.reshape(raised, [batch, height, width * channels]) as tfjs.Tensor3D;
  const moved: tfjs.Tensor = shift === 0 ? rows : tf.matMul(choose(moves(height, shift, false), batch, height, random), rows);
  const columnsLast: tfjs.Tensor = tf.transpose(tf.reshape(moved, [batch, height, width, channels]), [0, 1, 3, 2]);
  const product: tfjs.Tensor = tf.matMul(
    tf.reshape(columnsLast, [batch, height * channels, width]) as tfjs.Tensor3D,
    across,
    false,
    true,
  );
  const back = tf.transpose(tf.reshape(product, [batch, height, channels, width]), [0, 1, 3, 2]) as tfjs.Tensor4D;
  return tf.add(back, background);
}

/** For every offset −shift..shift the size×size matrix, row by row, that moves (and mirrors) a vector. */
function moves(size: number, shift: number, mirror: boolean): number[][] {
  return Array.from({length: 2 * shift + 1}, (_, index) => {
    const matrix = new Array<number>(size * size).fill(0);
    for (let to = 0; to < size; to++) {
      const from = to + index - shift;
      if (from >= 0 && from < size) matrix[to * size + (mirror ? size - 1 - from : from)] = 1;
    }
    return matrix;
  });
}

/** One of the matrices for each example, all with the same probability: [batch, size, size]. */
function choose(matrices: readonly number[][], batch: number, size: number, random: RandomStream): tfjs.Tensor3D {
  const number = tf.cast(tf.floor(tf.mul(random.uniform([batch]), matrices.length)), 'int32');
  const chosen = tf.cast(tf.oneHot(number, matrices.length), 'float32') as tfjs.Tensor2D;
  const table = tf.tensor2d(matrices.flat(), [matrices.length, size * size]);
  return tf.reshape(tf.matMul(chosen, table) as tfjs.Tensor, [batch, size, size]);
}
