import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, hostTensor, type PackedTensor, rows} from '../core/host-tensor.js';
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

/** Every style with every class, float32 [styles, dimensions] → [styles · classes, …]: all classes of the first style, then of the next. */
export function decodeEach(decoder: Network, styles: HostTensor<'float32'>, classes: number): HostTensor<'float32'> {
  const [count = 0, size = 0] = styles.shape;
  const repeated = Float32Array.from(
    {length: count * classes * size},
    (_, at) => styles.data[Math.floor(at / (classes * size)) * size + (at % size)] as number,
  );
  const labels = Int32Array.from({length: count * classes}, (_, at) => at % classes);
  const told = [count * classes];
  return decode(decoder, hostTensor('float32', [...told, size], repeated), hostTensor('int32', told, labels), classes);
}
