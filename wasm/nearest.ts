// The k nearest points by squared Euclidean distance, exactly. Points are packed four to a vector: [count / 4][dimensions][4] float32.

const vector: usize = 16;

/** One block of 1024 points a chunk: rows float32 [count, dimensions] → packed, the last vector filled up with copies of point 0. */
export function pack(chunk: i32, _thread: i32, points: usize, packed: usize, count: i32, dimensions: i32): void {
  const last = min((chunk + 1) * 1024, (count + 3) & ~3);
  for (let point = chunk * 1024; point < last; point++) {
    let from = points + <usize>((point < count ? point : 0) * dimensions * 4);
    let to = packed + <usize>(point >> 2) * dimensions * vector + <usize>(point & 3) * 4;
    for (let dimension = 0; dimension < dimensions; dimension++, from += 4, to += vector) store<f32>(to, load<f32>(from));
  }
}

/** Queries a chunk: they share what is in the cache of a tile of points. */
const together = 32;
/** Floats of a tile: 16 KiB, half of a first-level cache. */
const tile = 4096;

/**
 * 32 queries a chunk, from `first` on: their `k` nearest among the packed points, nearest first, equal distances in the order of the
 * points. Each query's own point (index `query + self`) is left out; `self` far below zero leaves out none. There must be k points.
 * `indices` int32 [queries, k], `distances` float32 [queries, k]; `scratch` has 256 k bytes a thread.
 */
export function nearest(
  chunk: i32,
  thread: i32,
  first: i32,
  queries: usize,
  queryCount: i32,
  packed: usize,
  count: i32,
  dimensions: i32,
  self: i32,
  k: i32,
  indices: usize,
  distances: usize,
  scratch: usize,
): void {
  const start = first + chunk * together;
  const end = min(start + together, queryCount);
  const heaps = scratch + <usize>thread * together * k * 8;
  for (let place = 0; place < together * k; place++) store<u64>(heaps + ((<usize>place) << 3), keyOf(Infinity, i32.MAX_VALUE));
  const step = max(4, (tile / dimensions) & ~3);
  for (let point = 0; point < count; point += step) {
    const last = min(point + step, count);
    for (let query = start; query < end; query += 4)
      searchTile(query, end - 1, queries, packed, point, last, dimensions, self, k, heaps + <usize>(query - start) * k * 8);
  }
  for (let query = start; query < end; query++) sort(heaps + <usize>(query - start) * k * 8, k, indices, distances, query * k);
}

/** Four queries against the points of a tile; queries past `last` are the last one again and offer nothing. */
function searchTile(
  query: i32,
  last: i32,
  queries: usize,
  packed: usize,
  begin: i32,
  end: i32,
  dimensions: i32,
  self: i32,
  k: i32,
  heap0: usize,
): void {
  const length = <usize>dimensions * 4;
  const heap1 = heap0 + <usize>k * 8;
  const heap2 = heap1 + <usize>k * 8;
  const heap3 = heap2 + <usize>k * 8;
  const others = last - query;
  const from0 = queries + <usize>query * length;
  const from1 = queries + <usize>min(query + 1, last) * length;
  const from2 = queries + <usize>min(query + 2, last) * length;
  const from3 = queries + <usize>min(query + 3, last) * length;
  let worst0 = v128.load32_splat(heap0 + 4);
  let worst1 = others > 0 ? v128.load32_splat(heap1 + 4) : f32x4.splat(0);
  let worst2 = others > 1 ? v128.load32_splat(heap2 + 4) : f32x4.splat(0);
  let worst3 = others > 2 ? v128.load32_splat(heap3 + 4) : f32x4.splat(0);
  let at = packed + <usize>(begin >> 2) * dimensions * vector;
  for (let point = begin; point < end; point += 4) {
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    for (let dimension: usize = 0; dimension < length; dimension += 4, at += vector) {
      const values = v128.load(at);
      const difference0 = f32x4.sub(values, v128.load32_splat(from0 + dimension));
      const difference1 = f32x4.sub(values, v128.load32_splat(from1 + dimension));
      const difference2 = f32x4.sub(values, v128.load32_splat(from2 + dimension));
      const difference3 = f32x4.sub(values, v128.load32_splat(from3 + dimension));
      sum0 = f32x4.add(sum0, f32x4.mul(difference0, difference0));
      sum1 = f32x4.add(sum1, f32x4.mul(difference1, difference1));
      sum2 = f32x4.add(sum2, f32x4.mul(difference2, difference2));
      sum3 = f32x4.add(sum3, f32x4.mul(difference3, difference3));
    }
    if (v128.any_true(f32x4.lt(sum0, worst0))) worst0 = offer(sum0, point, end, query + self, k, heap0);
    if (v128.any_true(f32x4.lt(sum1, worst1))) worst1 = offer(sum1, point, end, query + 1 + self, k, heap1);
    if (v128.any_true(f32x4.lt(sum2, worst2))) worst2 = offer(sum2, point, end, query + 2 + self, k, heap2);
    if (v128.any_true(f32x4.lt(sum3, worst3))) worst3 = offer(sum3, point, end, query + 3 + self, k, heap3);
  }
}

/** Offers four points' distances to a query's heap, which has the farthest of its k nearest so far on top; returns that distance. */
function offer(sums: v128, point: i32, end: i32, except: i32, k: i32, heap: usize): v128 {
  offerOne(f32x4.extract_lane(sums, 0), point, end, except, k, heap);
  offerOne(f32x4.extract_lane(sums, 1), point + 1, end, except, k, heap);
  offerOne(f32x4.extract_lane(sums, 2), point + 2, end, except, k, heap);
  offerOne(f32x4.extract_lane(sums, 3), point + 3, end, except, k, heap);
  return v128.load32_splat(heap + 4);
}

function offerOne(distance: f32, point: i32, end: i32, except: i32, k: i32, heap: usize): void {
  const key = keyOf(distance, point);
  if (key < load<u64>(heap) && point < end && point !== except) sink(heap, k, key);
}

/** Orders by distance, then by index: a float32 that is not negative has the order of its bits. */
function keyOf(distance: f32, index: i32): u64 {
  return ((<u64>reinterpret<u32>(distance)) << 32) | index;
}

/** Replaces the top of a heap. */
function sink(heap: usize, size: i32, key: u64): void {
  let place = 0;
  let child = 1;
  while (child < size) {
    if (child + 1 < size) child += i32(load<u64>(heap + ((<usize>child) << 3), 8) > load<u64>(heap + ((<usize>child) << 3)));
    const down = load<u64>(heap + ((<usize>child) << 3));
    if (down <= key) break;
    store<u64>(heap + ((<usize>place) << 3), down);
    place = child;
    child = 2 * place + 1;
  }
  store<u64>(heap + ((<usize>place) << 3), key);
}

/** Takes a heap apart: nearest first. */
function sort(heap: usize, size: i32, indices: usize, distances: usize, start: i32): void {
  for (let end = size - 1; end >= 0; end--) {
    const top = load<u64>(heap);
    store<f32>(distances + ((<usize>(start + end)) << 2), reinterpret<f32>(<u32>(top >> 32)));
    store<i32>(indices + ((<usize>(start + end)) << 2), <i32>top);
    sink(heap, end, load<u64>(heap + ((<usize>end) << 3)));
  }
}
