import type {HostTensor} from '../../core/host-tensor.js';
import {nearest} from '../../wasm/kernels/nearest.js';
import {ranks} from '../../wasm/kernels/ranks.js';
import {Threads} from '../../wasm/threads.js';
import {nearestPoints, packPoints, shared} from './nearest.js';

/**
 * Degree to which neighbours in a map are neighbours in the original space, 0 to 1: 1 − 2 / (n k (2n − 3k − 1)) · Σ over points i and their
 * k neighbours j in the map of max(0, rank(i, j) − k), where rank counts from 1 by distance in the original space. Exact, O(n²).
 * `high` float32 [n, d], `low` float32 [n, 2]; k < n / 2. `onRows` hears how many points are ranked.
 * Source: Venna and Kaski 2001; scikit-learn's `manifold.trustworthiness`.
 */
export async function trustworthiness(
  high: HostTensor<'float32'>,
  low: HostTensor<'float32'>,
  k: number,
  onRows?: (done: number) => void,
): Promise<number> {
  const [count = 0, dimensions = 0] = high.shape;
  if (k >= count / 2) throw new RangeError(`Expected fewer than ${count / 2} neighbours of ${count} points, got ${k}`);
  const excess = await Threads.use([nearest, ranks], async (threads) => {
    const {indices} = await nearestPoints(threads, low, k);
    const points = shared(threads, high.data);
    const packed = packPoints(threads, points, count, dimensions);
    const excesses = threads.integers(count);
    const scratch = threads.floats(threads.count * (count + 8));
    const given = [points, packed, count, dimensions, indices, k, excesses, scratch] as const;
    await threads.runInPieces(count, (first, chunks) => threads.run('excessRanks', chunks, first, ...given), onRows);
    return excesses.reduce((sum, value) => sum + value, 0);
  });
  return 1 - (excess * 2) / (count * k * (2 * count - 3 * k - 1));
}
