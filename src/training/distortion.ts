import type * as tfjs from '@tensorflow/tfjs';
import type {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';
import {transformImages} from '../tensor/transform-images.js';

/** Largest distortion of images, each way. */
export interface Distortion {
  /** Degrees. */
  readonly rotation: number;
  /** Pixels to the side for each pixel upwards. */
  readonly slant: number;
  /** Share of the width and, by itself, of the height. */
  readonly scale: number;
  /** Pixels to the side and, by itself, upwards. */
  readonly shift: number;
}

/**
 * Each image of float32 [batch, height, width, channels] turned, slanted, stretched and moved about its middle, by as much as is drawn
 * evenly for each of them anew; zeros come in at the edges. No gradient.
 */
export function distort(images: tfjs.Tensor4D, {rotation, slant, scale, shift}: Distortion, random: RandomStream): tfjs.Tensor4D {
  const [batch, height, width] = images.shape;
  const drawn = tf.unstack(random.uniform([6, batch], -1, 1)) as [Row, Row, Row, Row, Row, Row];
  const [turn, lean, wide, high, across, down] = drawn;
  const angle = tf.mul(turn, (rotation * Math.PI) / 180);
  const [cosine, sine] = [tf.cos(angle), tf.sin(angle)];
  const shear = tf.mul(lean, slant);
  const [stretchX, stretchY] = [tf.add(1, tf.mul(wide, scale)), tf.add(1, tf.mul(high, scale))];
  // where a pixel of the result comes from: rotation · slant · stretch, of the distance to the middle
  const a = tf.mul(cosine, stretchX);
  const b = tf.mul(tf.sub(tf.mul(cosine, shear), sine), stretchY);
  const c = tf.mul(sine, stretchX);
  const d = tf.mul(tf.add(tf.mul(sine, shear), cosine), stretchY);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const offsetX = tf.sub(tf.add(tf.mul(across, shift), middleX), tf.add(tf.mul(a, middleX), tf.mul(b, middleY)));
  const offsetY = tf.sub(tf.add(tf.mul(down, shift), middleY), tf.add(tf.mul(c, middleX), tf.mul(d, middleY)));
  const none = tf.zeros([batch]);
  return transformImages(images, tf.stack([a, b, offsetX, c, d, offsetY, none, none], 1) as tfjs.Tensor2D);
}

type Row = tfjs.Tensor1D;
