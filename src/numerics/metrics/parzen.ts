import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, rows} from '../../core/host-tensor.js';
import {tf} from '../../tensor/tensorflow.js';
import {uploadRows} from '../../tensor/upload.js';

const pointsAtATime = 100;
/** e^−45 of the largest term is below what float64 adds to a sum of 10⁶ of them. */
const negligible = 45;

/**
 * Log density of each point under a Parzen window: an even mixture of normal distributions around the samples, of each of the given
 * deviations in turn. `samples` float32 [n, d], `points` float32 [m, d]; a Float64Array [m] of nats a deviation. Distances are float32,
 * sums float64. Source: Breuleux, Bengio, Vincent 2011; log p(x) = log Σ exp(−‖x − s‖² / 2σ²) − log n − d/2 log 2πσ².
 */
export function parzenLogDensities(
  samples: HostTensor<'float32'>,
  points: HostTensor<'float32'>,
  deviations: readonly number[],
  onRows: (done: number) => void = () => undefined,
): Float64Array[] {
  const [count = 0, dimensions = 0] = samples.shape;
  const [total = 0] = points.shape;
  const densities = deviations.map(() => new Float64Array(total));
  const centres = uploadRows(samples, 0, count) as tfjs.Tensor2D;
  const norms = tf.tidy(() => tf.sum(tf.square(centres), 1));
  try {
    for (let start = 0; start < total; start += pointsAtATime) {
      const end = Math.min(start + pointsAtATime, total);
      const distances = squaredDistances(rows(points, start, end), centres, norms);
      for (const [index, deviation] of deviations.entries()) {
        const normaliser = Math.log(count) + (dimensions / 2) * Math.log(2 * Math.PI * deviation ** 2);
        for (let point = start; point < end; point++) {
          const own = distances.subarray((point - start) * count, (point - start + 1) * count);
          (densities[index] as Float64Array)[point] = logSumOfKernels(own, deviation) - normaliser;
        }
      }
      onRows(end);
    }
  } finally {
    tf.dispose([centres, norms]);
  }
  return densities;
}

/** ‖x − s‖² of every point and centre, row by row. */
function squaredDistances(points: HostTensor<'float32'>, centres: tfjs.Tensor2D, norms: tfjs.Tensor): Float32Array {
  const result = tf.tidy(() => {
    const given = uploadRows(points, 0, points.shape[0] ?? 0) as tfjs.Tensor2D;
    const products = tf.matMul(given, centres, false, true);
    return tf.relu(tf.add(tf.sub(tf.sum(tf.square(given), 1, true), tf.mul(products, 2)), norms));
  });
  const values = result.dataSync() as Float32Array;
  result.dispose();
  return values;
}

/** log Σ exp(−distance / 2σ²), the largest term taken out first. */
function logSumOfKernels(distances: Float32Array, deviation: number): number {
  const scale = 1 / (2 * deviation ** 2);
  let nearest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < distances.length; index++) nearest = Math.min(nearest, distances[index] as number);
  let sum = 0;
  for (let index = 0; index < distances.length; index++) {
    const below = ((distances[index] as number) - nearest) * scale;
    if (below < negligible) sum += Math.exp(-below);
  }
  return Math.log(sum) - nearest * scale;
}

/** Mean, and its standard error: the deviation over examples (n − 1) by √n. */
export function meanWithError(values: Float64Array): {readonly mean: number; readonly error: number} {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {mean, error: Math.sqrt(squares / Math.max(values.length - 1, 1) / values.length)};
}
