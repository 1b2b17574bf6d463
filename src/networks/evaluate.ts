import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, hostTensor, type PackedTensor, rows} from '../core/host-tensor.js';
import type {ModelValue} from '../core/ports.js';
import {tf} from '../tensor/tensorflow.js';
import type {Architecture} from './architecture.js';
import {applyInBatches, evaluationBatch, Network} from './network.js';

/** Uses the network of a trained model, and gives its memory back; `use` is not asynchronous. */
export function withNetwork<T>(name: string, {architecture, weights}: ModelValue, use: (network: Network) => T): T {
  const network = Network.restore(name, architecture as Architecture, weights);
  try {
    return use(network);
  } finally {
    network.dispose();
  }
}

/** Codes joined by their one-hot labels, for a network that takes the class; the codes alone without labels. */
export function withClass(codes: tfjs.Tensor, labels: tfjs.Tensor1D | undefined, classes: number): tfjs.Tensor {
  if (!labels) return codes;
  const told = tf.cast(tf.oneHot(tf.cast(labels, 'int32'), classes), 'float32');
  return tf.concat([codes, told], 1);
}

/** Codes of images, float32 [examples, …] → [examples, dimensions], without dropout. */
export const encode = (encoder: Network, images: PackedTensor): HostTensor<'float32'> =>
  applyInBatches((batch) => encoder.apply(batch, {mode: 'evaluation'}), images, evaluationBatch(encoder));

/** Number of classes that a decoder takes beside codes [examples, dimensions]: 0 when it takes codes alone. */
export const classesTold = ({architecture: {input}}: Network, {shape: [, dimensions = 0]}: HostTensor): number =>
  (input[0] ?? 0) - dimensions;

/** Images of codes; `labels` (uint8 [examples]) are used when the decoder takes the class. */
export function decode(decoder: Network, codes: HostTensor, labels?: HostTensor): HostTensor<'float32'> {
  const classes = classesTold(decoder, codes);
  return applyInBatches(
    (batch, start, end) => {
      const told = labels && classes > 0 ? tf.tensor1d(Int32Array.from(rows(labels, start, end).data), 'int32') : undefined;
      return decoder.apply(withClass(batch, told, classes), {mode: 'evaluation'});
    },
    codes,
    evaluationBatch(decoder),
  );
}

/** Every style with every class, float32 [styles, dimensions] → [styles · classes, …]: all classes of the first style, then of the next. */
export function decodeEach(decoder: Network, styles: HostTensor<'float32'>): HostTensor<'float32'> {
  const [count = 0, size = 0] = styles.shape;
  const classes = classesTold(decoder, styles);
  const repeated = Float32Array.from(
    {length: count * classes * size},
    (_, at) => styles.data[Math.floor(at / (classes * size)) * size + (at % size)] as number,
  );
  const labels = Int32Array.from({length: count * classes}, (_, at) => at % classes);
  const told = [count * classes];
  return decode(decoder, hostTensor('float32', [...told, size], repeated), hostTensor('int32', told, labels));
}
