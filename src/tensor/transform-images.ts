import type * as tfjs from '@tensorflow/tfjs';
import {native, tf} from './tensorflow.js';

/**
 * Images float32 [batch, height, width, channels] whose pixel (x, y) is taken from ((a x + b y + c) / k, (d x + e y + f) / k) with
 * k = g x + h y + 1 of the given ones, linear between the centres of pixels and 0 beyond the edges; `maps`: float32 [batch, 8], a to h.
 * No gradient. tfjs-node 4.22 lacks this kernel, which TensorFlow has.
 */
export function transformImages(images: tfjs.Tensor4D, maps: tfjs.Tensor2D): tfjs.Tensor4D {
  if (!native) return tf.image.transform(images, maps, 'bilinear', 'constant', 0);
  const attributes = [
    native.type('dtype', 'float32'),
    native.text('interpolation', 'BILINEAR'),
    native.text('fill_mode', 'CONSTANT'),
  ];
  const [, height, width] = images.shape;
  const inputs = [images, maps, tf.tensor1d([height, width], 'int32'), tf.scalar(0)];
  return native.run('ImageProjectiveTransformV3', attributes, inputs) as tfjs.Tensor4D;
}
