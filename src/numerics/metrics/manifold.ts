import type * as tfjs from '@tensorflow/tfjs';
import type {HostTensor} from '../../core/host-tensor.js';
import {tf} from '../../tensor/tensorflow.js';

/** Rows of queries that are compared at a time: 1000 × 10,000 distances are 40 MB. */
const block = 1000;

/**
 * Precision: the share of generated features that lie in the manifold of the real ones; recall: the other way round. A manifold is the
 * union of the spheres around its points that reach to their k-th nearest neighbour among them. Both float32 [n, d], Euclidean.
 * Source: Kynkäänniemi et al. 2019, arXiv:1904.06991.
 */
export function precisionAndRecall(
  real: HostTensor<'float32'>,
  generated: HostTensor<'float32'>,
  k: number,
): {readonly precision: number; readonly recall: number} {
  return tf.tidy(() => {
    const [a, b] = [real, generated].map(({data, shape}) => tf.tensor2d(data, shape as [number, number]));
    if (!a || !b) throw new Error('unreachable');
    return {precision: shareInside(b, a, k), recall: shareInside(a, b, k)};
  });
}

function shareInside(queries: tfjs.Tensor2D, points: tfjs.Tensor2D, k: number): number {
  // the nearest of a point is the point itself
  const radii = tf.concat(eachBlock(points, (rows) => kthSmallest(squaredDistances(rows, points), k + 1)));
  const inside = eachBlock(queries, (rows) => tf.sum(tf.any(tf.lessEqual(squaredDistances(rows, points), radii), 1)));
  return inside.reduce((sum, count) => sum + (count.dataSync()[0] ?? 0), 0) / (queries.shape[0] || 1);
}

const eachBlock = <T extends tfjs.Tensor>(rows: tfjs.Tensor2D, compute: (rows: tfjs.Tensor2D) => T): T[] =>
  Array.from({length: Math.ceil(rows.shape[0] / block)}, (_, index) =>
    tf.tidy(() => compute(tf.slice2d(rows, [index * block, 0], [Math.min(block, rows.shape[0] - index * block), -1]))),
  );

/** [n, d] and [m, d] → [n, m]. */
const squaredDistances = (a: tfjs.Tensor2D, b: tfjs.Tensor2D): tfjs.Tensor2D =>
  tf.sub(
    tf.add(tf.sum(tf.square(a), 1, true), tf.reshape(tf.sum(tf.square(b), 1), [1, -1])),
    tf.mul(tf.matMul(a, b, false, true), 2),
  );

const kthSmallest = (values: tfjs.Tensor2D, k: number): tfjs.Tensor1D =>
  tf.neg(tf.squeeze(tf.slice2d(tf.topk(tf.neg(values), k).values as tfjs.Tensor2D, [0, k - 1], [-1, 1]), [1]));
