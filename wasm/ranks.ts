// Ranks that the neighbours in one space have in the order of distances in another.

const vector: usize = 16;

/**
 * One point a chunk, from `first` on: `excess` int32 [count] ← Σ over its `k` `neighbours` (int32 [count, k]) of max(0, rank − k), where
 * rank counts from 1 by squared distance in `points` float32 [count, dimensions] (`packed`: the same as nearest.ts reads them), equal
 * ones by index, the point itself left out. `scratch` has room for count + 4 float32 a thread.
 */
export function excessRanks(
  chunk: i32,
  thread: i32,
  first: i32,
  points: usize,
  packed: usize,
  count: i32,
  dimensions: i32,
  neighbours: usize,
  k: i32,
  excess: usize,
  scratch: usize,
): void {
  const point = first + chunk;
  const length = <usize>dimensions * 4;
  const from = points + <usize>point * length;
  const distances = scratch + <usize>thread * ((<usize>count + 7) & ~3) * 4;
  let at = packed;
  for (let other = 0; other < count; other += 4) {
    let sum = f32x4.splat(0);
    for (let dimension: usize = 0; dimension < length; dimension += 4, at += vector) {
      const difference = f32x4.sub(v128.load(at), v128.load32_splat(from + dimension));
      sum = f32x4.add(sum, f32x4.mul(difference, difference));
    }
    v128.store(distances + <usize>other * 4, sum);
  }
  // it and what fills up the last vector are behind everybody
  store<f32>(distances + <usize>point * 4, Infinity);
  for (let other = count; other < ((count + 3) & ~3); other++) store<f32>(distances + <usize>other * 4, Infinity);
  let total = 0;
  for (let place = 0; place < k; place++) {
    const neighbour = load<i32>(neighbours + ((<usize>(point * k + place)) << 2));
    const before = distances + <usize>(neighbour & ~3) * 4;
    const distance = v128.load32_splat(distances + <usize>neighbour * 4);
    let counts = i32x4.splat(0);
    for (let other = distances; other < before; other += vector) counts = i32x4.sub(counts, f32x4.le(v128.load(other), distance));
    const end = distances + ((<usize>count + 3) & ~3) * 4;
    for (let other = before + vector; other < end; other += vector)
      counts = i32x4.sub(counts, f32x4.lt(v128.load(other), distance));
    let rank =
      1 +
      i32x4.extract_lane(counts, 0) +
      i32x4.extract_lane(counts, 1) +
      (i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3));
    const far = load<f32>(distances + <usize>neighbour * 4);
    for (let other = neighbour & ~3; other < (neighbour & ~3) + 4; other++) {
      const value = load<f32>(distances + <usize>other * 4);
      if (value < far || (value === far && other < neighbour)) rank++;
    }
    total += max(0, rank - k);
  }
  store<i32>(excess + ((<usize>point) << 2), total);
}

/**
 * One point a chunk, from `first` on: `sums` float64 [count, clusters] ← its Euclidean distances to all points, added up by their `labels`
 * (int32 [count], 0 to clusters − 1).
 */
export function clusterDistances(
  chunk: i32,
  _thread: i32,
  first: i32,
  points: usize,
  packed: usize,
  count: i32,
  dimensions: i32,
  labels: usize,
  clusters: i32,
  sums: usize,
): void {
  const point = first + chunk;
  const length = <usize>dimensions * 4;
  const from = points + <usize>point * length;
  const to = sums + <usize>(point * clusters) * 8;
  let at = packed;
  for (let other = 0; other < count; other += 4) {
    let sum = f32x4.splat(0);
    for (let dimension: usize = 0; dimension < length; dimension += 4, at += vector) {
      const difference = f32x4.sub(v128.load(at), v128.load32_splat(from + dimension));
      sum = f32x4.add(sum, f32x4.mul(difference, difference));
    }
    const distances = f32x4.sqrt(sum);
    add(to, labels, other, f32x4.extract_lane(distances, 0));
    if (other + 1 < count) add(to, labels, other + 1, f32x4.extract_lane(distances, 1));
    if (other + 2 < count) add(to, labels, other + 2, f32x4.extract_lane(distances, 2));
    if (other + 3 < count) add(to, labels, other + 3, f32x4.extract_lane(distances, 3));
  }
}

function add(sums: usize, labels: usize, point: i32, distance: f32): void {
  const place = sums + ((<usize>load<i32>(labels + ((<usize>point) << 2))) << 3);
  store<f64>(place, load<f64>(place) + <f64>distance);
}
