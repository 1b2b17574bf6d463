import assert from 'node:assert/strict';
import {test} from 'node:test';
import '#tfpipe/training/steps/training-step.js';
import {permutation, philox} from '#tfpipe/core/counter-random.js';
import {native, tf} from '#tfpipe/tensor/tensorflow.js';

const hex = (words: readonly number[]): string => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

test('Philox 2x32-10 gives the known answers of its authors (Random123, kat_vectors)', () => {
  assert.equal(hex(philox(0, 0, 0)), 'ff1dae59 6cd10df2');
  assert.equal(hex(philox(0xffffffff, 0xffffffff, 0xffffffff)), '2c3f628b ab4fd7ad');
  assert.equal(hex(philox(0x243f6a88, 0x85a308d3, 0x13198a2e)), 'dd7ce038 f62a4c12');
});

test('a permutation holds every index once and depends on seed and epoch', () => {
  const order = permutation(1000, 42, 3);
  assert.deepEqual(
    [...order].sort((left, right) => left - right),
    Array.from({length: 1000}, (_, index) => index),
  );
  assert.deepEqual(permutation(1000, 42, 3), order);
  assert.notDeepEqual(permutation(1000, 42, 4), order);
  assert.notDeepEqual(permutation(1000, 43, 3), order);
  assert.equal(permutation(0, 1, 1).length, 0);
  assert.deepEqual([...permutation(1, 1, 1)], [0]);
});

test('every order of three is as frequent as the others', () => {
  const counts = new Map<string, number>();
  for (let epoch = 0; epoch < 6000; epoch++) {
    const order = permutation(3, 1, epoch).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  // five standard deviations of a count with mean 1000
  for (const [order, count] of counts) assert.ok(Math.abs(count - 1000) < 5 * Math.sqrt(1000 * (5 / 6)), `${order}: ${count}`);
});

test('importing the tensor modules loads no TensorFlow', () => {
  assert.deepEqual([tf, native], [undefined, undefined]);
});
