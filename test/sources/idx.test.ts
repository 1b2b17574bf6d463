import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseIdx} from '#tfpipe/sources/idx.js';

const header = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3];

test('sizes are big-endian, values follow row by row', () => {
  // inside a larger buffer, as a pooled one is
  const bytes = Uint8Array.of(99, ...header, 1, 2, 3, 4, 5, 6).subarray(1);
  assert.deepEqual(parseIdx(bytes), {dtype: 'uint8', shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6)});
});

test('what is not a whole idx file of bytes is refused', () => {
  assert.throws(() => parseIdx(Uint8Array.of()), /another format/);
  assert.throws(() => parseIdx(Uint8Array.from(header.with(2, 0x0d))), /another format/);
  assert.throws(() => parseIdx(Uint8Array.from(header.slice(0, 9))), /header of 12 bytes, got 9/);
  assert.throws(() => parseIdx(Uint8Array.of(...header, 1, 2, 3, 4, 5)), /6 values in an idx file of shape \[2, 3\], got 5/);
  assert.throws(() => parseIdx(Uint8Array.of(...header, 1, 2, 3, 4, 5, 6, 7)), /got 7/);
});
