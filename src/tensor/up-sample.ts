import type * as tfjs from '@tensorflow/tfjs';
import {addBias} from './kernels.js';
import {tf} from './tensorflow.js';

/** Repeats rows and columns of float32 [batch, height, width, channels] `size` times; its gradient sums over what was repeated. */
export function upSample(input: tfjs.Tensor4D, size: number): tfjs.Tensor4D {
  return tf.customGrad((x) => {
    const [, height, width] = (x as tfjs.Tensor4D).shape;
    const value = tf.image.resizeNearestNeighbor(x as tfjs.Tensor4D, [height * size, width * size]);
    const gradFunc = (dy: tfjs.Tensor): tfjs.Tensor => tf.mul(tf.avgPool(dy as tfjs.Tensor4D, size, size, 'valid'), size * size);
    return {value, gradFunc};
  })(input) as tfjs.Tensor4D;
}

/**
 * The convolution (stride 1, `same`) of the doubled input, computed on the small input: pixels of one parity see each of its pixels
 * through the same taps, whose sum is one smaller kernel a parity. A 5×5 kernel becomes four of 3×3, which is 2.8 times less work.
 * Equal to `conv2d(upSample(input, 2), kernel)` plus bias up to rounding. Source of the idea: Odena et al. 2016 (resize-convolution),
 * Shi et al. 2016 (sub-pixel convolution). `kernel`: [k, k, channels, filters], k odd.
 */
export function convolveUpSampled(input: tfjs.Tensor4D, kernel: tfjs.Tensor4D, bias: tfjs.Tensor1D): tfjs.Tensor4D {
  const [size, , channels, filters] = kernel.shape;
  const [batch, height, width] = input.shape;
  const taps = narrowSize(size);
  const sums = tf.tensor2d(parityTaps(size), [taps * taps * 4, size * size]);
  // [taps, taps, 4 parities, channels, filters]
  const small = tf.reshape(tf.matMul(sums, tf.reshape(kernel, [size * size, channels * filters])) as tfjs.Tensor, [
    taps,
    taps,
    4,
    channels,
    filters,
  ]);
  const apart: tfjs.Tensor = tf.transpose(small, [0, 1, 3, 2, 4]);
  const kernels = tf.reshape(apart, [taps, taps, channels, 4 * filters]) as tfjs.Tensor4D;
  const parities = addBias(tf.conv2d(input, kernels, 1, 'same'), tf.tile(bias, [4])) as tfjs.Tensor4D;
  return depthToSpace(parities, [batch, height, width, filters]);
}

/** True when `convolveUpSampled` is less work than the plain way. */
export const upSampledPays = (size: number): boolean => size % 2 === 1 && size >= 5;

/** Length of the kernel for one parity, for a kernel of odd length. */
const narrowSize = (size: number): number => 2 * Math.ceil((size - 1) / 4) + 1;

/** Which taps of the kernel add up to which tap of which parity's kernel: [taps², 4 parities, size²], ones and zeros. */
function parityTaps(size: number): number[] {
  const taps = narrowSize(size);
  const reach = (taps - 1) / 2;
  const lands = (tap: number, parity: number): number => Math.floor((parity + tap - (size - 1) / 2) / 2) + reach;
  const result = new Array<number>(taps * taps * 4 * size * size).fill(0);
  for (const [parity, down, right] of [
    [0, 0, 0],
    [1, 0, 1],
    [2, 1, 0],
    [3, 1, 1],
  ] as const)
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const to = (lands(row, down) * taps + lands(column, right)) * 4 + parity;
        result[to * size * size + row * size + column] = 1;
      }
  return result;
}

/** [batch, height, width, 4 parities × filters] → [batch, 2 height, 2 width, filters]. */
function depthToSpace(
  parities: tfjs.Tensor4D,
  [batch, height, width, filters]: readonly [number, number, number, number],
): tfjs.Tensor4D {
  const apart = tf.reshape(parities, [batch, height, width, 2, 2 * filters]);
  return tf.reshape(tf.transpose(apart, [0, 1, 3, 2, 4]), [batch, 2 * height, 2 * width, filters]);
}
