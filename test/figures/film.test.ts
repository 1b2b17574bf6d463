import assert from 'node:assert/strict';
import {test} from 'node:test';
import {film} from '#tfpipe/figures/film.js';

/** Size, and the delay of each frame in hundredths of a second, by the blocks of GIF89a. */
function readGif(gif: Uint8Array): {readonly width: number; readonly height: number; readonly delays: readonly number[]} {
  const view = new DataView(gif.buffer, gif.byteOffset, gif.byteLength);
  assert.equal(Buffer.from(gif.subarray(0, 6)).toString(), 'GIF89a');
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const delays: number[] = [];
  let at = 13 + tableBytes(view.getUint8(10));
  const skipBlocks = (): void => {
    while (view.getUint8(at) !== 0) at += view.getUint8(at) + 1;
    at += 1;
  };
  for (;;) {
    const kind = view.getUint8(at);
    if (kind === 0x3b) return {width: view.getUint16(6, true), height: view.getUint16(8, true), delays};
    if (kind === 0x21) {
      if (view.getUint8(at + 1) === 0xf9) delays.push(view.getUint16(at + 4, true));
      at += 2;
    } else {
      assert.equal(kind, 0x2c);
      at += 10 + tableBytes(view.getUint8(at + 9)) + 1;
    }
    skipBlocks();
  }
}

test('a film has a frame a snapshot, plays at its rate and rests on the last', async () => {
  const frames = Float32Array.from({length: 3 * 4 * 12}, (_, at) => (at % 7) / 6);
  const given = {frames, count: 3, images: 4, height: 3, width: 4, columns: 2, frameMilliseconds: 120, lastMilliseconds: 3000};
  const gif = await film(given);
  assert.deepEqual(readGif(gif), {width: 2 * 4 + 2, height: 2 * 3 + 2, delays: [12, 12, 300]});
  assert.deepEqual(await film(given), gif);
});
