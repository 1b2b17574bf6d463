import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Tensor} from '@tensorflow/tfjs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {meanOver} from '#tfpipe/training/mean-over.js';

before(async () => void (await loadTensorFlow()));

const split = {
  images: hostTensor(
    'float32',
    [5, 2],
    Float32Array.from({length: 10}, (_, at) => at),
  ),
  labels: hostTensor('uint8', [5], Uint8Array.of(1, 2, 3, 4, 10)),
};

test('a mean of batches and values of examples come to the mean over all examples, whatever the batches', () => {
  const tensors = tf.memory().numTensors;
  for (const batchSize of [1, 2, 5, 100]) {
    const means = meanOver(split, batchSize, 1, ({images, labels}) => ({
      mean: tf.mean(images as Tensor),
      each: labels as Tensor,
    }));
    assert.ok(Math.abs((means['mean'] ?? 0) - 4.5) < 1e-6);
    assert.ok(Math.abs((means['each'] ?? 0) - 4) < 1e-6);
  }
  assert.equal(tf.memory().numTensors, tensors);
});

test('random numbers are those of the seed, and others in each batch', () => {
  const draws = (seed: number): number[] => {
    const drawn: number[] = [];
    meanOver(split, 2, seed, (_batch, random) => {
      const value = random.uniform([]);
      drawn.push(value.dataSync()[0] ?? 0);
      return {value};
    });
    return drawn;
  };
  assert.deepEqual(draws(1), draws(1));
  assert.notDeepEqual(draws(1), draws(2));
  assert.equal(new Set(draws(1)).size, 3);
});
