import assert from 'node:assert/strict';
import {test} from 'node:test';
import {dropout, relu, sigmoid, softplus, tanh} from '#tfpipe/tensor/kernels.js';
import {sigmoidCrossEntropy, softmaxCrossEntropy} from '#tfpipe/tensor/losses.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {tf} from '#tfpipe/tensor/tensorflow.js';
import {assertGradient, largestDifference} from './gradients.js';

/** Away from 0, where relu has a kink. */
const values = [-3, -1.2, -0.4, 0.3, 0.9, 2.5];
const expected = {
  relu: (x: number) => Math.max(x, 0),
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  softplus: (x: number) => Math.log1p(Math.exp(x)),
};
const kernels = {relu, tanh, sigmoid, softplus};

/** Holds on every backend: call it after one is loaded. */
export function checkKernels(): void {
  for (const name of ['relu', 'tanh', 'sigmoid', 'softplus'] as const) {
    test(`${name}: values and gradient`, () => {
      const output = tf.tidy(() => kernels[name](tf.tensor1d(values)).dataSync());
      assert.ok(largestDifference(output, values.map(expected[name])) < 1e-6);
      assertGradient(kernels[name], values, [2, 3]);
    });
  }

  test('softplus and sigmoid stay finite at ±100', () => {
    const [low = Number.NaN, high] = tf.tidy(() => softplus(tf.tensor1d([-100, 100])).dataSync());
    assert.ok(low >= 0 && low < 1e-30);
    assert.equal(high, 100);
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => tf.sum(softplus(x)))(tf.tensor1d([-100, 100]))
        .dataSync(),
    );
    assert.deepEqual([Math.abs(gradient[0] ?? 1) < 1e-30, gradient[1]], [true, 1]);
  });

  test('sigmoidCrossEntropy: value, gradient, extremes', () => {
    const labels = [0, 1, 0.25, 0.5, 1, 0];
    const output = tf.tidy(() => sigmoidCrossEntropy(tf.tensor1d(labels), tf.tensor1d(values)).dataSync());
    const wanted = values.map((z, index) => {
      const [y = 0, p] = [labels[index], 1 / (1 + Math.exp(-z))];
      return -y * Math.log(p) - (1 - y) * Math.log(1 - p);
    });
    assert.ok(largestDifference(output, wanted) < 1e-6);
    const fixed = tf.tensor2d(labels, [2, 3]);
    assertGradient((logits) => sigmoidCrossEntropy(fixed, logits), values, [2, 3]);
    fixed.dispose();
    const far = tf.tidy(() => sigmoidCrossEntropy(tf.tensor1d([0, 1]), tf.tensor1d([200, 200])).dataSync());
    assert.deepEqual([...far], [200, 0]);
  });

  test('softmaxCrossEntropy: value, gradient, extremes', () => {
    const classes = tf.tensor1d([2, 0], 'int32');
    const output = tf.tidy(() => softmaxCrossEntropy(classes, tf.tensor2d(values, [2, 3])).dataSync());
    const row = (logits: number[], label: number): number =>
      Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0)) - (logits[label] ?? Number.NaN);
    assert.ok(largestDifference(output, [row(values.slice(0, 3), 2), row(values.slice(3), 0)]) < 1e-6);
    assertGradient((logits) => softmaxCrossEntropy(classes, logits as never), values, [2, 3]);
    const far = tf.tidy(() => softmaxCrossEntropy(classes, tf.tensor2d([0, 0, 500, 500, 0, -500], [2, 3])).dataSync());
    assert.deepEqual([...far], [0, 0]);
    classes.dispose();
  });

  test('dropout keeps 1 − rate of the values, scales them, and its gradient has the same mask', () => {
    tf.tidy(() => {
      const ones = tf.ones([201, 99]);
      const draw = (x: typeof ones) => dropout(x, 0.2, new RandomStream(7, tf.scalar(3, 'int32')));
      const output = draw(ones).dataSync();
      const kept = output.filter((value) => value > 0);
      assert.ok(Math.abs(kept.length / output.length - 0.8) < 0.01, `${kept.length} of ${output.length} kept`);
      assert.ok(kept.every((value) => Math.abs(value - 1.25) < 1e-4));
      assert.deepEqual(
        tf
          .grad((x: typeof ones) => tf.sum(draw(x)))(ones)
          .dataSync(),
        output,
      );
    });
  });
}
