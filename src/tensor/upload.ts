import type * as tfjs from '@tensorflow/tfjs';
import {type PackedTensor, rows} from '../core/host-tensor.js';
import {dataType} from './binding.js';
import {native, tf} from './tensorflow.js';

/** Rows `start..end` of a tensor as a float32 tf.Tensor of the values they stand for; bytes travel as bytes and are widened there. */
export function uploadRows(tensor: PackedTensor, start: number, end: number): tfjs.Tensor {
  const {data, shape} = rows(tensor, start, end);
  return tf.tidy(() => {
    const values = data instanceof Uint8Array && native ? widened(data, shape) : tf.tensor(data, [...shape], 'float32');
    return tensor.affine ? tf.add(tf.mul(values, tensor.affine.scale), tensor.affine.offset) : values;
  });
}

function widened(bytes: Uint8Array, shape: readonly number[]): tfjs.Tensor {
  if (!native) throw new Error('the TensorFlow backend is not loaded');
  const {addon, backend} = native;
  const id = addon.createTensor(shape, dataType.uint8, bytes);
  try {
    const attributes = [native.type('SrcT', 'uint8'), native.type('DstT', 'float32')];
    const [wide] = addon.executeOp('Cast', attributes, [id], 1);
    if (!wide) throw new Error('Cast gives one tensor');
    return backend.createOutputTensor(wide);
  } finally {
    addon.deleteTensor(id);
  }
}
