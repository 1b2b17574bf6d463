import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {transformImages} from '#tfpipe/tensor/transform-images.js';
import {type Distortion, distort} from '#tfpipe/training/distortion.js';

before(async () => void (await loadTensorFlow()));

const size = 28;
const nothing: Distortion = {rotation: 0, slant: 0, scale: 0, shift: 0};

/** A stroke like that of a 1, far from the edges: normal across and along. */
const stroke = Float32Array.from({length: size * size}, (_, at) => {
  const [x, y] = [(at % size) - 13.5, Math.floor(at / size) - 13.5];
  return Math.exp(-(x * x) / (2 * 1.5 ** 2) - (y * y) / (2 * 3 ** 2));
});

/** Mass, centre and second moments about it of `count` distorted strokes. */
function distorted(distortion: Partial<Distortion>, count = 400, seed = 5) {
  const images = tf.tidy(() =>
    distort(
      tf.tile(tf.tensor4d(stroke, [1, size, size, 1]), [count, 1, 1, 1]),
      {...nothing, ...distortion},
      new RandomStream(seed, tf.scalar(3, 'int32')),
    ),
  );
  const values = images.dataSync() as Float32Array;
  images.dispose();
  return Array.from({length: count}, (_, image) => {
    let [mass, sumX, sumY, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
    for (let at = 0; at < size * size; at++) {
      const value = values[image * size * size + at] ?? 0;
      const [x, y] = [(at % size) - 13.5, Math.floor(at / size) - 13.5];
      mass += value;
      sumX += value * x;
      sumY += value * y;
      xx += value * x * x;
      xy += value * x * y;
      yy += value * y * y;
    }
    const [x, y] = [sumX / mass, sumY / mass];
    return {mass, x, y, xx: xx / mass - x * x, xy: xy / mass - x * y, yy: yy / mass - y * y};
  });
}

/** That figures spread over −limit..limit: none beyond, and the outermost near either end. */
function assertSpread(figures: readonly number[], limit: number, tolerance: number, reached = 0.95): void {
  const [low, high] = [Math.min(...figures), Math.max(...figures)];
  assert.ok(low >= -limit - tolerance && low < -reached * limit, `lowest ${low}, limit ${limit}`);
  assert.ok(high <= limit + tolerance && high > reached * limit, `highest ${high}, limit ${limit}`);
  const mean = figures.reduce((sum, value) => sum + value, 0) / figures.length;
  assert.ok(Math.abs(mean) < 0.12 * limit, `mean ${mean}`);
}

test('images are transformed as a plain loop over pixels does it', () => {
  const [count, height, width, channels] = [3, 5, 7, 2];
  const images = tf.randomUniform([count, height, width, channels], -1, 1, 'float32', 4) as ReturnType<typeof tf.tensor4d>;
  const maps = [
    [1, 0, 0, 0, 1, 0, 0, 0],
    [0.8, 0.3, -0.4, -0.2, 1.1, 0.7, 0, 0],
    [-1, 0, 6, 0.1, 0.9, 0.5, 0, 0],
  ];
  const found = transformImages(images, tf.tensor2d(maps)).arraySync();
  const source = images.arraySync();
  for (const [image, map] of maps.entries())
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = map;
        const [fromX, fromY] = [a * x + b * y + c, d * x + e * y + f];
        const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
        for (let channel = 0; channel < channels; channel++) {
          let expected = 0;
          for (const [column, shareX] of [
            [left, left + 1 - fromX],
            [left + 1, fromX - left],
          ] as const)
            for (const [row, shareY] of [
              [top, top + 1 - fromY],
              [top + 1, fromY - top],
            ] as const)
              expected += shareX * shareY * (source[image]?.[row]?.[column]?.[channel] ?? 0);
          assert.ok(Math.abs(Number(found[image]?.[y]?.[x]?.[channel]) - expected) < 1e-5, `image ${image}, pixel ${x}, ${y}`);
        }
      }
});

test('no distortion leaves an image as it is; the same seed and step distort alike', () => {
  const [plain] = distorted({}, 1);
  const mass = stroke.reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs((plain?.mass ?? 0) - mass) < 1e-3);
  assert.ok(Math.hypot(plain?.x ?? 1, plain?.y ?? 1) < 1e-5);
  const some = {rotation: 10, slant: 0.3, scale: 0.1, shift: 1};
  assert.deepEqual(distorted(some, 5), distorted(some, 5));
  assert.notDeepEqual(distorted(some, 5), distorted(some, 5, 6));
});

test('a shift moves the middle by up to so many pixels, each way by itself', () => {
  const moved = distorted({shift: 2});
  assertSpread(
    moved.map(({x}) => x),
    2,
    0.01,
  );
  assertSpread(
    moved.map(({y}) => y),
    2,
    0.01,
  );
  const product = moved.reduce((sum, {x, y}) => sum + x * y, 0) / moved.length;
  assert.ok(Math.abs(product) < 0.2, `${product}`);
});

test('a rotation turns the longer axis by up to so many degrees', () => {
  const angles = distorted({rotation: 15}).map(({xx, xy, yy}) => (Math.atan2(2 * xy, yy - xx) / 2) * (180 / Math.PI));
  assertSpread(angles, 15, 0.2);
});

test('a slant drifts the stroke to the side for each pixel upwards, and leaves its height and ink', () => {
  const slanted = distorted({slant: 0.4});
  assertSpread(
    slanted.map(({xy, yy}) => xy / yy),
    0.4,
    0.01,
  );
  const [plain] = distorted({}, 1);
  for (const {mass, yy} of slanted) {
    assert.ok(Math.abs(mass / (plain?.mass ?? 0) - 1) < 0.01);
    assert.ok(Math.abs(yy / (plain?.yy ?? 0) - 1) < 0.02);
  }
});

test('a scale stretches width and height apart', () => {
  const stretched = distorted({scale: 0.2});
  const [plain] = distorted({}, 1);
  // the result is taken from there: 1 / stretch; linear interpolation adds up to a quarter pixel² to a variance
  assertSpread(
    stretched.map(({yy}) => Math.sqrt((plain?.yy ?? 0) / yy) - 1),
    0.2,
    0.02,
    0.9,
  );
  const across = stretched.map(({xx}) => Math.sqrt((plain?.xx ?? 0) / xx) - 1);
  assert.ok(Math.min(...across) < -0.15 && Math.max(...across) > 0.12);
});
