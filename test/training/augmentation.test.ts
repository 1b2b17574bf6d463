import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Tensor4D} from '@tensorflow/tfjs';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {type Augmentation, augment} from '#tfpipe/training/augmentation.js';

before(async () => void (await loadTensorFlow()));

const [height, width, channels] = [4, 5, 2];
const size = height * width * channels;
/** Every value is another, none is the background. */
const picture = Float32Array.from({length: size}, (_, index) => (index + 1) / 64);
const background = -1;

/** The picture many times, changed. */
function changed(how: Augmentation, count: number, step = 0): Float32Array[] {
  const values = tf.tidy(() => {
    const one = tf.tensor4d(picture, [1, height, width, channels]);
    const stream = new RandomStream(3, tf.scalar(step, 'int32'));
    return augment(tf.tile(one, [count, 1, 1, 1]) as Tensor4D, how, background, stream).dataSync() as Float32Array;
  });
  return Array.from({length: count}, (_, index) => values.slice(index * size, (index + 1) * size));
}

/** The picture moved by hand. */
function moved(down: number, right: number, mirrored: boolean): Float32Array {
  return Float32Array.from({length: size}, (_, index) => {
    const [row, column] = [Math.floor(index / channels / width), Math.floor(index / channels) % width];
    const [fromRow, shifted] = [row + down, column + right];
    if (fromRow < 0 || fromRow >= height || shifted < 0 || shifted >= width) return background;
    const fromColumn = mirrored ? width - 1 - shifted : shifted;
    return picture[(fromRow * width + fromColumn) * channels + (index % channels)] ?? 0;
  });
}

for (const [what, how, offsets, mirrors] of [
  ['moves', {flip: false, shift: 1}, [-1, 0, 1], [false]],
  ['mirrors', {flip: true, shift: 0}, [0], [false, true]],
  ['moves and mirrors', {flip: true, shift: 1}, [-1, 0, 1], [false, true]],
] as const)
  test(`${what}: every possible picture comes about as often, to the pixel, and no other`, () => {
    const possible = offsets.flatMap((down) => offsets.flatMap((right) => mirrors.map((mirror) => moved(down, right, mirror))));
    const counts = possible.map(() => 0);
    for (const found of changed(how, 1000)) {
      const which = possible.findIndex((each) => each.every((value, index) => Math.abs(value - (found[index] ?? 0)) < 1e-6));
      assert.notEqual(which, -1, 'a picture that no move gives');
      counts[which] = (counts[which] ?? 0) + 1;
    }
    const mean = 1000 / possible.length;
    for (const count of counts) assert.ok(Math.abs(count - mean) < 5 * Math.sqrt(mean), counts.join());
  });

test('each step draws anew, the same step the same', () => {
  const how = {flip: true, shift: 2};
  assert.deepEqual(changed(how, 20, 4), changed(how, 20, 4));
  assert.notDeepEqual(changed(how, 20, 4), changed(how, 20, 5));
});

test('nothing asked for, nothing is changed', () => {
  assert.deepEqual(changed({flip: false, shift: 0}, 1), [picture]);
});
