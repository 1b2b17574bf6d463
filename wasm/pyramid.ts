// Gaussian pyramids, four images at a time: one to a lane of a vector. src/numerics/gaussian-pyramid.ts makes the matrices.

const vector: usize = 16;
/** Values of `plan` before the reductions, and for each of them. */
const head: usize = 16;
const each: usize = 32;

/**
 * Four images a chunk: images float32 [count, height, width, channels] → features float32 [count, columns], all levels flattened and
 * joined. plan int32: [levels, height, width, channels], then for each reduction [rows, taps, first row, first weight] down and the same
 * across, then the first rows and columns; `weights` float32. `scratch` has room for three levels of four images a thread.
 */
export function pyramid(
  chunk: i32,
  thread: i32,
  images: usize,
  features: usize,
  count: i32,
  columns: i32,
  plan: usize,
  weights: usize,
  scratch: usize,
): void {
  const channels = load<i32>(plan, 12);
  const size = load<i32>(plan, 4) * load<i32>(plan, 8) * channels;
  const room = <usize>size * vector;
  let level = scratch + <usize>thread * 3 * room;
  const between = level + room;
  let next = between + room;
  for (let lane = 0; lane < 4; lane++) {
    const from = images + <usize>min(4 * chunk + lane, count - 1) * ((<usize>size) << 2);
    for (let at = 0; at < size; at++)
      store<f32>(level + <usize>at * vector + ((<usize>lane) << 2), load<f32>(from + ((<usize>at) << 2)));
  }
  let done = 0;
  put(level, size, features, chunk, count, columns, done);
  done += size;
  let width = load<i32>(plan, 8);
  for (let index = 1; index < load<i32>(plan); index++) {
    const reduction = plan + head + <usize>(index - 1) * each;
    const rows = load<i32>(reduction);
    reduce(level, 1, width * channels, plan, reduction, weights, between);
    reduce(between, rows, channels, plan, reduction + vector, weights, next);
    width = load<i32>(reduction, 16);
    const length = rows * width * channels;
    put(next, length, features, chunk, count, columns, done);
    done += length;
    const spare = level;
    level = next;
    next = spare;
  }
}

/** Takes weighted sums of neighbours that lie `inner` vectors apart, in each of `outer` parts, which lie one after the other. */
function reduce(from: usize, outer: i32, inner: i32, plan: usize, reduction: usize, weights: usize, to: usize): void {
  const outputs = load<i32>(reduction);
  const taps = load<i32>(reduction, 4);
  const starts = plan + ((<usize>load<i32>(reduction, 8)) << 2);
  const length = load<i32>(starts + ((<usize>outputs) << 2));
  for (let part = 0; part < outer; part++, from += <usize>(length * inner) * vector)
    for (let output = 0; output < outputs; output++) {
      const start = from + <usize>(load<i32>(starts + ((<usize>output) << 2)) * inner) * vector;
      const weight = weights + ((<usize>(load<i32>(reduction, 12) + output * taps)) << 2);
      for (let place = 0; place < inner; place++, to += vector) {
        let sum = f32x4.splat(0);
        let at = start + <usize>place * vector;
        for (let tap = 0; tap < taps; tap++, at += <usize>inner * vector)
          sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weight + ((<usize>tap) << 2)), v128.load(at)));
        v128.store(to, sum);
      }
    }
}

/** Writes four images' values of a level, lane by lane. */
function put(level: usize, size: i32, features: usize, chunk: i32, count: i32, columns: i32, done: i32): void {
  for (let lane = 0; lane < min(4, count - 4 * chunk); lane++) {
    const to = features + ((<usize>(4 * chunk + lane) * <usize>columns + <usize>done) << 2);
    for (let at = 0; at < size; at++)
      store<f32>(to + ((<usize>at) << 2), load<f32>(level + <usize>at * vector + ((<usize>lane) << 2)));
  }
}
