import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {hostTensor, type PackedTensor, sizeOf} from '#tfpipe/core/host-tensor.js';
import {gaussianPyramids, pyramidColumns, pyramidLevels} from '#tfpipe/numerics/gaussian-pyramid.js';
import {pyramid as pyramidKernels} from '#tfpipe/wasm/kernels/pyramid.js';
import {Threads} from '#tfpipe/wasm/threads.js';
import {largestDifference} from '../training/steps/gradients.js';

/** Made by pyramid_skimage.py beside it, of the same pixels. */
const cases = JSON.parse(readFileSync('test/reference/pyramid_skimage.json', 'utf8')) as {
  shape: number[];
  features: number[][];
}[];
const pyramids = (images: PackedTensor, count?: number) =>
  Threads.use([pyramidKernels], (threads) => gaussianPyramids(threads, images), count).then(({data}) => data);

for (const {shape, features} of cases)
  test(`features of images ${shape.join('×')} equal scikit-image’s`, async () => {
    const pixels = Float32Array.from({length: sizeOf(shape)}, (_, at) => ((7919 * at) % 1009) / 1009);
    const found = await pyramids(hostTensor('float32', shape, pixels));
    const off = largestDifference(found, features.flat());
    assert.ok(off < 1e-6, `off by ${off}`);
  });

test('28×28 has 1,050 features, in six levels', () => {
  assert.deepEqual(
    pyramidLevels(28, 28).map(([height]) => height),
    [28, 14, 7, 4, 2, 1],
  );
  assert.equal(pyramidColumns([28, 28, 1]), 1050);
});

test('bytes stand for what they are scaled to, also past a batch; the number of threads changes no bit', async () => {
  const [count, size] = [4099, 12];
  const bytes = Uint8Array.from({length: count * size}, (_, at) => (at * 31) % 256);
  const packed = {...hostTensor('uint8', [count, 4, 3, 1], bytes), affine: {scale: 1 / 255, offset: -0.5}};
  const wide = Float32Array.from(bytes, (byte) => byte * (1 / 255) - 0.5);
  const found = await pyramids(packed, 3);
  assert.deepEqual(found, await pyramids(packed, 1));
  assert.deepEqual(found, await pyramids(hostTensor('float32', [count, 4, 3, 1], wide)));
  const columns = pyramidColumns([4, 3, 1]);
  assert.deepEqual(found.slice(4098 * columns), await pyramids(hostTensor('float32', [1, 4, 3, 1], wide.slice(4098 * size))));
});
