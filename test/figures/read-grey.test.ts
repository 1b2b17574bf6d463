import assert from 'node:assert/strict';
import {test} from 'node:test';
import {PNG} from 'pngjs';
import {encodeGrey} from '#tfpipe/figures/grey-png.js';
import {decodeGrey, edgeMean, resizeGrey} from '#tfpipe/figures/read-grey.js';

test('grey pixels come back as they were written; colours by luma, transparency on white', async () => {
  const {pixels, width, height} = await decodeGrey(await encodeGrey(Uint8Array.of(0, 51, 102, 255, 204, 153), 3, 2));
  assert.deepEqual([width, height], [3, 2]);
  for (const [at, wanted] of [0, 0.2, 0.4, 1, 0.8, 0.6].entries()) assert.ok(Math.abs((pixels[at] ?? 0) - wanted) < 1e-6);
  const colours = new PNG({width: 2, height: 1});
  colours.data = Buffer.from([255, 0, 0, 255, 0, 0, 0, 0]);
  const found = (await decodeGrey(PNG.sync.write(colours))).pixels;
  assert.ok(Math.abs((found[0] ?? 0) - 0.299) < 1e-6);
  assert.equal(found[1], 1);
});

test('a smaller picture has the means of areas, a larger one repeats; the mean stays', () => {
  const picture = {pixels: Float32Array.of(0, 1, 0.5, 0.25, 0.75, 0), width: 3, height: 2};
  // two thirds of a pixel, or one and a half, across
  const halves = resizeGrey(picture, 2, 1).pixels;
  const wanted = [(0 + 0.5 * 1 + 0.25 + 0.5 * 0.75) / 3, (0.5 * 1 + 0.5 + 0.5 * 0.75 + 0) / 3];
  for (const [at, value] of wanted.entries()) assert.ok(Math.abs((halves[at] ?? 0) - value) < 1e-6);
  const large = resizeGrey(picture, 6, 4).pixels;
  assert.deepEqual([...large.subarray(0, 6)], [0, 0, 1, 1, 0.5, 0.5]);
  assert.deepEqual([...resizeGrey(picture, 3, 2).pixels], [...picture.pixels]);
});

test('the mean along the edges leaves the inside out', () => {
  assert.equal(edgeMean({pixels: Float32Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1), width: 3, height: 3}), 1);
});
