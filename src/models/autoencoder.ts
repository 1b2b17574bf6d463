import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, type PackedTensor, rows} from '../tensor/host-tensor.js';
import {tf} from '../tensor/tensorflow.js';
import {applyInBatches, evaluationBatch, type Network} from './network.js';

/** Codes joined by their one-hot labels, for a network that is told the class; the codes alone without labels. */
export function withClass(codes: tfjs.Tensor, labels: tfjs.Tensor1D | undefined, classes: number): tfjs.Tensor {
  if (!labels) return codes;
  const told = tf.cast(tf.oneHot(tf.cast(labels, 'int32'), classes), 'float32');
  return tf.concat([codes, told], 1);
}

/** Codes of images, float32 [examples, …] → [examples, dimensions], without dropout. */
export const encode = (encoder: Network, images: PackedTensor): HostTensor<'float32'> =>
  applyInBatches((batch) => encoder.apply(batch, {mode: 'evaluation'}), images, evaluationBatch(encoder));

/** Images of codes; `labels` (uint8 [examples]) when the decoder is told the class. */
export function decode(
  decoder: Network,
  codes: HostTensor,
  labels: HostTensor | undefined,
  classes: number,
): HostTensor<'float32'> {
  return applyInBatches(
    (batch, start, end) => {
      const told = labels && tf.tensor1d(Int32Array.from(rows(labels, start, end).data), 'int32');
      return decoder.apply(withClass(batch, told, classes), {mode: 'evaluation'});
    },
    codes,
    evaluationBatch(decoder),
  );
}
