import assert from 'node:assert/strict';
import {test} from 'node:test';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {tf} from '#tfpipe/tensor/tensorflow.js';

const stream = (seed = 5, step = 9): RandomStream => new RandomStream(seed, tf.scalar(step, 'int32'));

function moments(values: ArrayLike<number>): {mean: number; deviation: number} {
  const list = Array.from(values);
  const mean = list.reduce((total, value) => total + value, 0) / list.length;
  return {mean, deviation: Math.sqrt(list.reduce((total, value) => total + (value - mean) ** 2, 0) / list.length)};
}

function assertMoments(values: ArrayLike<number>, mean: number, deviation: number): void {
  const found = moments(values);
  // five standard errors
  const tolerance = (5 * deviation) / Math.sqrt(values.length);
  assert.ok(Math.abs(found.mean - mean) < tolerance, `mean ${found.mean}, expected ${mean}`);
  assert.ok(Math.abs(found.deviation - deviation) < tolerance, `deviation ${found.deviation}, expected ${deviation}`);
}

/** Holds on every backend: call it after one is loaded. */
export function checkRandom(): void {
  test('uniform, normal, truncated normal and Bernoulli have their range and moments', () => {
    tf.tidy(() => {
      const random = stream();
      const uniform = random.uniform([200, 101], -2, 4).dataSync();
      assert.ok(uniform.every((value) => value >= -2 && value < 4));
      assertMoments(uniform, 1, 6 / Math.sqrt(12));
      assertMoments(random.normal([200, 101], 3, 5).dataSync(), 3, 5);
      const truncated = random.truncatedNormal([200, 101], 1, 2).dataSync();
      assert.ok(truncated.every((value) => Math.abs(value - 1) <= 4));
      // variance of a standard normal cut at ±2: 1 − 4 φ(2) / (2 Φ(2) − 1)
      assertMoments(truncated, 1, 2 * Math.sqrt(1 - (4 * 0.05399096651) / 0.9544997361));
      const coin = random.bernoulli([201, 101], 0.3).dataSync();
      assert.ok(coin.every((value) => value === 0 || value === 1));
      assertMoments(coin, 0.3, Math.sqrt(0.21));
      const rare = random.bernoulli([201, 1001], 0.01).dataSync();
      assertMoments(rare, 0.01, Math.sqrt(0.0099));
      assert.ok(
        random
          .bernoulli([10], 0)
          .dataSync()
          .every((value) => value === 0),
      );
      assert.ok(
        random
          .bernoulli([10], 1)
          .dataSync()
          .every((value) => value === 1),
      );
    });
  });

  for (const draw of ['uniform', 'normal', 'truncatedNormal'] as const)
    test(`${draw} is a function of seed, step and order, and of all three`, () => {
      tf.tidy(() => {
        const first = (seed: number, step: number): Float32Array => stream(seed, step)[draw]([4, 33]).dataSync() as Float32Array;
        assert.deepEqual(first(1, 2), first(1, 2));
        assert.notDeepEqual(first(1, 2), first(1, 3));
        assert.notDeepEqual(first(1, 2), first(2, 2));
        const random = stream(1, 2);
        assert.deepEqual(random[draw]([4, 33]).dataSync(), first(1, 2));
        assert.notDeepEqual(random[draw]([4, 33]).dataSync(), first(1, 2));
      });
    });

  test('neighbouring values, calls, steps and seeds are not correlated', () => {
    tf.tidy(() => {
      const of = (seed: number, step: number, skip = 0): number[] => {
        const random = stream(seed, step);
        for (let call = 0; call < skip; call++) random.normal([2]);
        return Array.from(random.normal([20_000]).dataSync());
      };
      const reference = of(1, 2);
      const others = {
        'next value': [...reference.slice(1), 0],
        'next call': of(1, 2, 1),
        'next step': of(1, 3),
        'next seed': of(2, 2),
      };
      for (const [name, other] of Object.entries(others)) {
        const correlation = reference.reduce((total, value, index) => total + value * (other[index] ?? 0), 0) / reference.length;
        assert.ok(Math.abs(correlation) < 5 / Math.sqrt(reference.length), `${name}: ${correlation}`);
      }
    });
  });

  test('drawing leaves no tensor behind', () => {
    const step = tf.scalar(1, 'int32');
    const count = tf.memory().numTensors;
    const random = new RandomStream(1, step);
    for (const tensor of [random.uniform([3], 1, 2), random.normal([3], 1, 2), random.bernoulli([3], 0.5)]) tensor.dispose();
    assert.equal(tf.memory().numTensors, count);
    step.dispose();
  });
}
