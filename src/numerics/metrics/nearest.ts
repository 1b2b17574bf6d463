import type {HostTensor} from '../../core/host-tensor.js';
import type {OnChunks, Threads} from '../../wasm/threads.js';

/** Rows that a chunk of wasm/nearest.ts packs and searches for. */
const [packedTogether, searchedTogether] = [1024, 32];

interface Nearest {
  /** int32 [queries, k]: the points, nearest first; equally far ones by index. */
  readonly indices: Int32Array;
  /** float32 [queries, k]: squared Euclidean distances. */
  readonly distances: Float32Array;
}

/** float32 [n, d], four points to a vector, as wasm/nearest.ts reads them. */
export function packPoints(threads: Threads, points: Float32Array, count: number, dimensions: number): Float32Array {
  const packed = threads.floats(Math.ceil(count / 4) * 4 * dimensions);
  threads.run('pack', Math.ceil(count / packedTogether), points, packed, count, dimensions);
  return packed;
}

/** float32 copied to where all threads see it. */
export function shared(threads: Threads, data: Float32Array): Float32Array {
  const copy = threads.floats(data.length);
  copy.set(data);
  return copy;
}

/**
 * The k nearest of `points` float32 [n, d] to each of `queries` float32 [m, d], exactly, over all pairs. Without `queries`: to each of
 * the points, itself left out. Needs k points beside the query. `onRows` hears how many queries are answered.
 */
export async function nearestPoints(
  threads: Threads,
  points: HostTensor<'float32'>,
  k: number,
  {queries, onRows}: {readonly queries?: HostTensor<'float32'>; readonly onRows?: OnChunks} = {},
): Promise<Nearest> {
  const [count = 0, dimensions = 0] = points.shape;
  const [asked = 0] = (queries ?? points).shape;
  const others = queries ? count : count - 1;
  if (k < 1 || k > others) throw new RangeError(`Expected 1 to ${others} neighbours among ${count} points, got ${k}`);
  const among = shared(threads, points.data);
  const packed = packPoints(threads, among, count, dimensions);
  const asking = queries ? shared(threads, queries.data) : among;
  const self = queries ? -(2 ** 30) : 0;
  const [indices, distances] = [threads.integers(asked * k), threads.floats(asked * k)];
  const scratch = threads.doubles(threads.count * searchedTogether * k);
  await threads.runInPieces(
    Math.ceil(asked / searchedTogether),
    (first, chunks) => {
      const start = first * searchedTogether;
      threads.run('nearest', chunks, start, asking, asked, packed, count, dimensions, self, k, indices, distances, scratch);
    },
    (done) => onRows?.(Math.min(done * searchedTogether, asked)),
  );
  return {indices, distances};
}
