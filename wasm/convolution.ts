// Convolution of a field on a grid with an even kernel: rows forward, columns forward, times the kernel's spectrum, and back. A spectrum
// has `rows` rows of `stride` real parts, then as many of imaginary parts; stride ≥ width / 2 + 1, a multiple of 4, as real rows need no more.

import {element, transform, transpose} from './fourier';

const vector: usize = 16;
/** Rows a chunk: two real rows are one complex one, and four of these are transformed at once. */
const together = 8;

/** Rows of `field` float32 [rows, pitch], filled up with zeros from `filled` (a multiple of 4) to `width` → `spectrum`. */
export function rowsForward(
  chunk: i32,
  thread: i32,
  field: usize,
  pitch: i32,
  filled: i32,
  width: i32,
  spectrum: usize,
  rows: i32,
  stride: i32,
  turns: usize,
  scratch: usize,
): void {
  const buffer = scratch + <usize>(2 * thread) * width * element;
  const other = buffer + <usize>width * element;
  const step = <usize>pitch * 4;
  const first = field + <usize>(chunk * together) * step;
  let at = 0;
  for (; at < filled; at += 4) {
    const to = buffer + <usize>at * element;
    transpose(first + <usize>at * 4, step, to, element);
    transpose(first + <usize>at * 4 + 4 * step, step, to + vector, element);
  }
  memory.fill(buffer + <usize>filled * element, 0, <usize>(width - filled) * element);
  const found = transform(buffer, other, width, turns);
  const free = found === buffer ? other : buffer;
  const half = f32x4.splat(0.5);
  const line = <usize>stride * 4;
  const plane = <usize>rows * line;
  const out = spectrum + <usize>(chunk * together) * line;
  const middle = width >> 1;
  for (let start = 0; start <= middle; start += 4) {
    for (let k = start; k < start + 4; k++) {
      // beyond the middle are columns that nobody reads
      const there = found + <usize>min(k, middle) * element;
      const back = found + <usize>(k === 0 ? 0 : width - min(k, middle)) * element;
      const re = v128.load(there);
      const im = v128.load(there, vector);
      const backRe = v128.load(back);
      const backIm = v128.load(back, vector);
      const to = free + <usize>(k - start) * vector;
      v128.store(to, f32x4.mul(half, f32x4.add(re, backRe)));
      v128.store(to, f32x4.mul(half, f32x4.sub(im, backIm)), 64);
      v128.store(to, f32x4.mul(half, f32x4.add(im, backIm)), 128);
      v128.store(to, f32x4.mul(half, f32x4.sub(backRe, re)), 192);
    }
    const to = out + <usize>start * 4;
    transpose(free, vector, to, line);
    transpose(free + 64, vector, to + plane, line);
    transpose(free + 128, vector, to + 4 * line, line);
    transpose(free + 192, vector, to + 4 * line + plane, line);
  }
}

/** Four columns: `filled` rows of `spectrum`, filled up with zeros to `height`, transformed into `buffer`; returns where they are. */
function columnsInto(
  buffer: usize,
  other: usize,
  column: usize,
  filled: i32,
  height: i32,
  rows: i32,
  stride: i32,
  turns: usize,
): usize {
  const line = <usize>stride * 4;
  const plane = <usize>rows * line;
  let from = column;
  let to = buffer;
  for (let row = 0; row < filled; row++, from += line, to += element) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from + plane), vector);
  }
  memory.fill(to, 0, <usize>(height - filled) * element);
  return transform(buffer, other, height, turns);
}

/** Four columns a chunk: `spectrum` ← its inverse transform along columns of (its transform × `kernel` float32 [height, stride]). */
export function columnsThrough(
  chunk: i32,
  thread: i32,
  spectrum: usize,
  filled: i32,
  height: i32,
  rows: i32,
  stride: i32,
  kernel: usize,
  turns: usize,
  scratch: usize,
): void {
  const buffer = scratch + <usize>(2 * thread) * height * element;
  const other = buffer + <usize>height * element;
  const line = <usize>stride * 4;
  const column = spectrum + <usize>chunk * vector;
  const found = columnsInto(buffer, other, column, filled, height, rows, stride, turns);
  let factor = kernel + <usize>chunk * vector;
  const end = found + <usize>height * element;
  for (let at = found; at < end; at += element, factor += line) {
    // the inverse transform is the forward one with real and imaginary parts swapped
    const value = v128.load(factor);
    const re = f32x4.mul(v128.load(at), value);
    v128.store(at, f32x4.mul(v128.load(at, vector), value));
    v128.store(at, re, vector);
  }
  let from = transform(found, found === buffer ? other : buffer, height, turns);
  const plane = <usize>rows * line;
  let to = column;
  for (let row = 0; row < filled; row++, from += element, to += line) {
    v128.store(to + plane, v128.load(from));
    v128.store(to, v128.load(from, vector));
  }
}

/** Inverse of `rowsForward`, not divided by `width`: the first `filled` columns of 8 rows of `field`. */
export function rowsBack(
  chunk: i32,
  thread: i32,
  spectrum: usize,
  rows: i32,
  stride: i32,
  width: i32,
  field: usize,
  pitch: i32,
  filled: i32,
  turns: usize,
  scratch: usize,
): void {
  const buffer = scratch + <usize>(2 * thread) * width * element;
  const other = buffer + <usize>width * element;
  const line = <usize>stride * 4;
  const plane = <usize>rows * line;
  const from = spectrum + <usize>(chunk * together) * line;
  const middle = width >> 1;
  for (let start = 0; start <= middle; start += 4) {
    const at = from + <usize>start * 4;
    transpose(at, line, other, vector);
    transpose(at + plane, line, other + 64, vector);
    transpose(at + 4 * line, line, other + 128, vector);
    transpose(at + 4 * line + plane, line, other + 192, vector);
    for (let k = start; k < start + 4 && k <= middle; k++) {
      const place = other + <usize>(k - start) * vector;
      const aRe = v128.load(place);
      const aIm = v128.load(place, 64);
      const bRe = v128.load(place, 128);
      const bIm = v128.load(place, 192);
      // a + i b and, at the negative frequency, conj(a) + i conj(b); swapped, as in columnsThrough
      if (k > 0) {
        const back = buffer + <usize>(width - k) * element;
        v128.store(back, f32x4.sub(bRe, aIm));
        v128.store(back, f32x4.add(aRe, bIm), vector);
      }
      const there = buffer + <usize>k * element;
      v128.store(there, f32x4.add(aIm, bRe));
      v128.store(there, f32x4.sub(aRe, bIm), vector);
    }
  }
  const found = transform(buffer, other, width, turns);
  const step = <usize>pitch * 4;
  const to = field + <usize>(chunk * together) * step;
  for (let at = 0; at < filled; at += 4) {
    const values = found + <usize>at * element;
    transpose(values + vector, element, to + <usize>at * 4, step);
    transpose(values, element, to + <usize>at * 4 + 4 * step, step);
  }
}

/** Four columns a chunk: `kernel` ← the real part of the transform of `spectrum`, times `byRow` [height] and `byColumn` [stride]. */
export function kernelSpectrum(
  chunk: i32,
  thread: i32,
  spectrum: usize,
  height: i32,
  stride: i32,
  kernel: usize,
  byRow: usize,
  byColumn: usize,
  turns: usize,
  scratch: usize,
): void {
  const buffer = scratch + <usize>(2 * thread) * height * element;
  const other = buffer + <usize>height * element;
  const column = spectrum + <usize>chunk * vector;
  const found = columnsInto(buffer, other, column, height, height, height, stride, turns);
  const factor = v128.load(byColumn + <usize>chunk * vector);
  for (let row = 0; row < height; row++) {
    const value = f32x4.mul(
      f32x4.mul(v128.load(found + <usize>row * element), factor),
      v128.load32_splat(byRow + <usize>row * 4),
    );
    v128.store(kernel + (<usize>row * stride + <usize>chunk * 4) * 4, value);
  }
}
