import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {meanWithError, parzenLogDensities} from '#tfpipe/numerics/metrics/parzen.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {uniform} from './reference.js';

before(async () => void (await loadTensorFlow()));

/** Made by parzen_numpy.py beside it. */
const reference = JSON.parse(readFileSync('test/reference/parzen_numpy.json', 'utf8')) as Record<
  string,
  {readonly first: readonly number[]; readonly mean: number; readonly standardError: number}
>;
const points = (count: number, seed: number) => hostTensor('float32', [count, 6], Float32Array.from(uniform(count * 6, seed)));

test('log densities are scipy’s: the mean to 1e-6 of it, with its standard error; no tensor is left behind', () => {
  const tensors = tf.memory().numTensors;
  const deviations = Object.keys(reference).map(Number);
  const found = parzenLogDensities(points(150, 1), points(230, 2), deviations);
  for (const [index, wanted] of Object.values(reference).entries()) {
    const densities = found[index] as Float64Array;
    const {mean, error} = meanWithError(densities);
    // distances are float32: their rounding is multiplied by 1 / 2σ²
    const tolerance = 1e-6 * Math.max(Math.abs(wanted.mean), 1);
    assert.ok(Math.abs(mean - wanted.mean) < tolerance, `${deviations[index]}: ${mean}, ${wanted.mean}`);
    assert.ok(Math.abs(error - wanted.standardError) < tolerance, `${error}, ${wanted.standardError}`);
    for (const [at, density] of wanted.first.entries())
      assert.ok(Math.abs((densities[at] ?? Number.NaN) - density) < 2e-6 / (deviations[index] ?? 1) ** 2);
  }
  assert.equal(tf.memory().numTensors, tensors);
});

test('one sample is a normal distribution; far away nothing underflows', () => {
  const at = (value: number) => hostTensor('float32', [1, 1], Float32Array.of(value));
  const [density] = parzenLogDensities(at(0), at(100), [0.5]);
  assert.ok(Math.abs((density?.[0] ?? 0) - (-20_000 - Math.log(0.5 * Math.sqrt(2 * Math.PI)))) < 1e-6);
});
