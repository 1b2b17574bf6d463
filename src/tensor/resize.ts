import type * as tfjs from '@tensorflow/tfjs';
import {tf} from './tensorflow.js';

/**
 * Pictures float32 [batch, height, width, channels] in another size, by linear interpolation between the centres of pixels. tfjs's own
 * gradient takes corners for centres, so this has one of its own.
 */
export function resizeBilinear(input: tfjs.Tensor4D, [height, width]: readonly [number, number]): tfjs.Tensor4D {
  return tf.customGrad((x) => {
    const pictures = x as tfjs.Tensor4D;
    const [batch, rows, columns, channels] = pictures.shape;
    const gradFunc = (dy: tfjs.Tensor): tfjs.Tensor => {
      const down = tf.matMul(shares(rows, height), tf.reshape(dy, [batch, height, width * channels]));
      const across = tf.matMul(shares(columns, width), tf.reshape(down, [batch * rows, width, channels]));
      return tf.reshape(across, [batch, rows, columns, channels]);
    };
    return {value: tf.image.resizeBilinear(pictures, [height, width], false, true), gradFunc};
  })(input) as tfjs.Tensor4D;
}

/** Weights of `from` pixels in each of `to`: [1, from, to]. */
function shares(from: number, to: number): tfjs.Tensor3D {
  const values = new Float32Array(from * to);
  for (let target = 0; target < to; target++) {
    const at = ((target + 0.5) * from) / to - 0.5;
    const low = Math.floor(at);
    for (const [source, share] of [
      [low, 1 - (at - low)],
      [low + 1, at - low],
    ] as const) {
      const held = Math.min(Math.max(source, 0), from - 1) * to + target;
      values[held] = (values[held] ?? 0) + share;
    }
  }
  return tf.tensor3d(values, [1, from, to]);
}
