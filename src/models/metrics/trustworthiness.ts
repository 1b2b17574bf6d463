import type {HostTensor} from '../../tensor/host-tensor.js';
import {NearestList, squaredDistances} from './distances.js';

/**
 * How far neighbours in a map are neighbours in the original space, 0 to 1: 1 − 2 / (n k (2n − 3k − 1)) · Σ over points i and their
 * k neighbours j in the map of max(0, rank(i, j) − k), where rank counts from 1 by distance in the original space. Exact, O(n²).
 * `high` float32 [n, d], `low` float32 [n, 2]; k < n / 2. Source: Venna and Kaski 2001; scikit-learn's `manifold.trustworthiness`.
 */
export function trustworthiness(high: HostTensor<'float32'>, low: HostTensor<'float32'>, k: number): number {
  const [count = 0, dimensions = 0] = high.shape;
  if (k >= count / 2) throw new RangeError(`Expected fewer than ${count / 2} neighbours of ${count} points, got ${k}`);
  const planar = low.shape[1] ?? 2;
  const highDistances = new Float32Array(count);
  const neighbours = new NearestList(k);
  let excess = 0;
  for (let point = 0; point < count; point++) {
    neighbours.search(low.data, low.data.subarray(point * planar, (point + 1) * planar), point);
    squaredDistances(high.data, high.data.subarray(point * dimensions, (point + 1) * dimensions), highDistances);
    for (const neighbour of neighbours.indices) excess += Math.max(0, rankOf(neighbour, point, highDistances) - k);
  }
  return 1 - (excess * 2) / (count * k * (2 * count - 3 * k - 1));
}

/** Place of `neighbour` among all points but `point` by distance, from 1; equal distances rank by index. */
function rankOf(neighbour: number, point: number, distances: Float32Array): number {
  const distance = distances[neighbour] as number;
  let rank = 1;
  for (let other = 0; other < distances.length; other++) {
    const value = distances[other] as number;
    if ((value < distance || (value === distance && other < neighbour)) && other !== point) rank++;
  }
  return rank;
}
