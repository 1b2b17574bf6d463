// Discrete Fourier transforms, four at once: element k of a buffer is 32 bytes, four real parts and four imaginary parts.

export const element: usize = 32;
const vector: usize = 16;
const sine60: f32 = 0.8660254037844386;

/**
 * Forward transforms of `size` = 2^a 3^b elements by Stockham's method; `turns` holds exp(−2πi k / size) as float32 pairs. `buffer` is
 * overwritten and `other` is as long; returns the one of the two that the result is in.
 */
export function transform(buffer: usize, other: usize, size: i32, turns: usize): usize {
  let from = buffer;
  let to = other;
  let left = size;
  let stride = 1;
  while (left > 1) {
    const radix = left % 3 === 0 ? 3 : left % 4 === 0 ? 4 : 2;
    const part = left / radix;
    if (radix === 4) pass4(from, to, part, stride, turns);
    else if (radix === 3) pass3(from, to, part, stride, turns);
    else pass2(from, to, part, stride, turns);
    const swap = from;
    from = to;
    to = swap;
    left = part;
    stride *= radix;
  }
  return from;
}

/** Stores (re, im) turned by (cosine, sine). */
function storeTurned(to: usize, re: v128, im: v128, cosine: v128, sine: v128): void {
  v128.store(to, f32x4.sub(f32x4.mul(re, cosine), f32x4.mul(im, sine)));
  v128.store(to, f32x4.add(f32x4.mul(re, sine), f32x4.mul(im, cosine)), vector);
}

function pass4(from: usize, to: usize, part: i32, stride: i32, turns: usize): void {
  const hop = <usize>stride * element;
  const quarter = <usize>part * hop;
  for (let place = 0; place < part; place++) {
    const turn = (<usize>(place * stride)) << 3;
    const cosine1 = v128.load32_splat(turns + turn);
    const sine1 = v128.load32_splat(turns + turn + 4);
    const cosine2 = v128.load32_splat(turns + 2 * turn);
    const sine2 = v128.load32_splat(turns + 2 * turn + 4);
    const cosine3 = v128.load32_splat(turns + 3 * turn);
    const sine3 = v128.load32_splat(turns + 3 * turn + 4);
    let read = from + <usize>place * hop;
    let write = to + <usize>place * 4 * hop;
    const end = read + hop;
    for (; read < end; read += element, write += element) {
      const aRe = v128.load(read);
      const aIm = v128.load(read, vector);
      const bRe = v128.load(read + quarter);
      const bIm = v128.load(read + quarter, vector);
      const cRe = v128.load(read + 2 * quarter);
      const cIm = v128.load(read + 2 * quarter, vector);
      const dRe = v128.load(read + 3 * quarter);
      const dIm = v128.load(read + 3 * quarter, vector);
      const evenRe = f32x4.add(aRe, cRe);
      const evenIm = f32x4.add(aIm, cIm);
      const evenLessRe = f32x4.sub(aRe, cRe);
      const evenLessIm = f32x4.sub(aIm, cIm);
      const oddRe = f32x4.add(bRe, dRe);
      const oddIm = f32x4.add(bIm, dIm);
      // i (b − d)
      const oddLessRe = f32x4.sub(dIm, bIm);
      const oddLessIm = f32x4.sub(bRe, dRe);
      v128.store(write, f32x4.add(evenRe, oddRe));
      v128.store(write, f32x4.add(evenIm, oddIm), vector);
      const out = write + hop;
      storeTurned(out, f32x4.sub(evenLessRe, oddLessRe), f32x4.sub(evenLessIm, oddLessIm), cosine1, sine1);
      storeTurned(out + hop, f32x4.sub(evenRe, oddRe), f32x4.sub(evenIm, oddIm), cosine2, sine2);
      storeTurned(out + 2 * hop, f32x4.add(evenLessRe, oddLessRe), f32x4.add(evenLessIm, oddLessIm), cosine3, sine3);
    }
  }
}

function pass3(from: usize, to: usize, part: i32, stride: i32, turns: usize): void {
  const hop = <usize>stride * element;
  const third = <usize>part * hop;
  for (let place = 0; place < part; place++) {
    const turn = (<usize>(place * stride)) << 3;
    const cosine1 = v128.load32_splat(turns + turn);
    const sine1 = v128.load32_splat(turns + turn + 4);
    const cosine2 = v128.load32_splat(turns + 2 * turn);
    const sine2 = v128.load32_splat(turns + 2 * turn + 4);
    let read = from + <usize>place * hop;
    let write = to + <usize>place * 3 * hop;
    const end = read + hop;
    for (; read < end; read += element, write += element) {
      const aRe = v128.load(read);
      const aIm = v128.load(read, vector);
      const bRe = v128.load(read + third);
      const bIm = v128.load(read + third, vector);
      const cRe = v128.load(read + 2 * third);
      const cIm = v128.load(read + 2 * third, vector);
      const sumRe = f32x4.add(bRe, cRe);
      const sumIm = f32x4.add(bIm, cIm);
      const middleRe = f32x4.sub(aRe, f32x4.mul(sumRe, f32x4.splat(0.5)));
      const middleIm = f32x4.sub(aIm, f32x4.mul(sumIm, f32x4.splat(0.5)));
      // i sin 60° (b − c)
      const sideRe = f32x4.mul(f32x4.sub(cIm, bIm), f32x4.splat(sine60));
      const sideIm = f32x4.mul(f32x4.sub(bRe, cRe), f32x4.splat(sine60));
      v128.store(write, f32x4.add(aRe, sumRe));
      v128.store(write, f32x4.add(aIm, sumIm), vector);
      storeTurned(write + hop, f32x4.sub(middleRe, sideRe), f32x4.sub(middleIm, sideIm), cosine1, sine1);
      storeTurned(write + 2 * hop, f32x4.add(middleRe, sideRe), f32x4.add(middleIm, sideIm), cosine2, sine2);
    }
  }
}

function pass2(from: usize, to: usize, part: i32, stride: i32, turns: usize): void {
  const hop = <usize>stride * element;
  const half = <usize>part * hop;
  for (let place = 0; place < part; place++) {
    const turn = (<usize>(place * stride)) << 3;
    const cosine = v128.load32_splat(turns + turn);
    const sine = v128.load32_splat(turns + turn + 4);
    let read = from + <usize>place * hop;
    let write = to + <usize>place * 2 * hop;
    const end = read + hop;
    for (; read < end; read += element, write += element) {
      const aRe = v128.load(read);
      const aIm = v128.load(read, vector);
      const bRe = v128.load(read + half);
      const bIm = v128.load(read + half, vector);
      v128.store(write, f32x4.add(aRe, bRe));
      v128.store(write, f32x4.add(aIm, bIm), vector);
      storeTurned(write + hop, f32x4.sub(aRe, bRe), f32x4.sub(aIm, bIm), cosine, sine);
    }
  }
}

/** Four vectors `fromStep` bytes apart → as columns, `toStep` bytes apart. */
export function transpose(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(abLow, cdLow, 0, 2));
  v128.store(to + toStep, v128.shuffle<f64>(abLow, cdLow, 1, 3));
  v128.store(to + 2 * toStep, v128.shuffle<f64>(abHigh, cdHigh, 0, 2));
  v128.store(to + 3 * toStep, v128.shuffle<f64>(abHigh, cdHigh, 1, 3));
}
