import {setImmediate} from 'node:timers/promises';
import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, hostTensor, rows} from '../../core/host-tensor.js';
import {tf} from '../../tensor/tensorflow.js';
import {retrieval} from '../../wasm/kernels/retrieval.js';
import {Threads} from '../../wasm/threads.js';
import type {Labelled} from './nearest-neighbour.js';

/** Distances that are held at a time: 64 MiB. */
const held = 2 ** 24;

type DistanceName = 'cosine' | 'euclidean';

interface RetrievalScores {
  /** Mean over queries of the share of their class among the k nearest. */
  readonly precision: number;
  /** Mean over queries of average precision over the whole gallery. */
  readonly meanAveragePrecision: number;
}

/**
 * Quality of a ranking of `gallery` by distance: how early images of a query's class come; exact, over all pairs. Codes float32 [n, d] and
 * [m, d]. A query whose class the gallery lacks counts as 0, as in scikit-learn's `average_precision_score`. Wants TensorFlow.
 * `onRows` hears how many queries are ranked; throwing ends the computation.
 */
export async function retrievalScores(
  gallery: Labelled,
  queries: Labelled,
  {k, distance, onRows}: {readonly k: number; readonly distance: DistanceName; readonly onRows?: (done: number) => void},
): Promise<RetrievalScores> {
  const [[count = 0], [asked = 0]] = [gallery.codes.shape, queries.codes.shape];
  if (k < 1 || k > count) throw new RangeError(`Expected 1 to ${count} nearest of ${count}, got ${k}`);
  const block = Math.max(1, Math.min(asked, Math.floor(held / count)));
  const prepared = prepare(gallery.codes, distance);
  try {
    return await Threads.use([retrieval], async (threads) => {
      const [labels, queryLabels] = [threads.integers(count), threads.integers(asked)];
      labels.set(gallery.labels.data);
      queryLabels.set(queries.labels.data);
      const distances = threads.floats(block * count);
      const [precision, average] = [threads.doubles(asked), threads.doubles(asked)];
      const scratch = threads.floats(threads.count * (2 * count + 2048));
      for (let first = 0; first < asked; first += block) {
        const size = Math.min(block, asked - first);
        distances.set(distancesTo(prepared, rows(queries.codes, first, first + size)));
        const given = [distances, count, labels, queryLabels, first, k, precision, average, scratch] as const;
        threads.run('rankClasses', size, ...given);
        onRows?.(first + size);
        await setImmediate();
      }
      const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / asked;
      return {precision: mean(precision), meanAveragePrecision: mean(average)};
    });
  } finally {
    for (const tensor of Object.values(prepared)) tensor.dispose();
  }
}

/** Vectors that one matrix product with queries turns into distances, up to a constant for each query. */
interface Prepared {
  /** [d, m], times −2 or −1 / length. */
  readonly factors: tfjs.Tensor2D;
  /** [m]: squared lengths, or zeros. */
  readonly offsets: tfjs.Tensor1D;
  /** [d]: taken off queries, too, so that large means cost no digits. */
  readonly mean: tfjs.Tensor1D;
}

function prepare(codes: HostTensor<'float32'>, distance: DistanceName): Prepared {
  const [factors, offsets, mean] = tf.tidy(() => {
    const given = tf.tensor2d(codes.data, codes.shape as [number, number]);
    const centre = distance === 'euclidean' ? coarseMean(given) : tf.zeros([codes.shape[1] ?? 0]);
    const points = tf.sub(given, centre);
    const squares = tf.sum(tf.square(points), 1);
    const scaled =
      distance === 'euclidean'
        ? tf.mul(points, -2)
        : tf.div(points, tf.neg(tf.maximum(tf.expandDims(tf.sqrt(squares), 1), 1e-30)));
    return [tf.transpose(scaled), distance === 'euclidean' ? squares : tf.zerosLike(squares), centre];
  }) as [tfjs.Tensor2D, tfjs.Tensor1D, tfjs.Tensor1D];
  return {factors, offsets, mean};
}

/** The mean, rounded to a power of two as large as the spread: values of few digits, such as pixels, stay exact, and ties ties. */
function coarseMean(points: tfjs.Tensor2D): tfjs.Tensor1D {
  const mean = tf.mean(points, 0);
  const [spread = 0] = tf.max(tf.abs(tf.sub(points, mean))).dataSync();
  const step = 2 ** Math.ceil(Math.log2(spread || 1));
  return tf.mul(tf.round(tf.div(mean, step)), step);
}

/** `tidy` gets the tensor, not its numbers: it would look at each of them for tensors. */
function distancesTo({factors, offsets, mean}: Prepared, {data, shape}: HostTensor<'float32'>): Float32Array {
  const distances = tf.tidy(() =>
    tf.add(tf.matMul(tf.sub(tf.tensor2d(data, shape as [number, number]), mean), factors), offsets),
  );
  const values = distances.dataSync() as Float32Array;
  distances.dispose();
  return values;
}

/** Rows of length 1, so that squared Euclidean distances order as cosine distances do; a row of zeros stays. */
export function unitRows({data, shape}: HostTensor<'float32'>): HostTensor<'float32'> {
  const [count = 0, dimensions = 0] = shape;
  const unit = new Float32Array(data.length);
  for (let row = 0; row < count; row++) {
    const values = data.subarray(row * dimensions, (row + 1) * dimensions);
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)) || 1;
    unit.set(
      values.map((value) => value / length),
      row * dimensions,
    );
  }
  return hostTensor('float32', shape, unit);
}
