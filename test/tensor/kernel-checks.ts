import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Tensor} from '@tensorflow/tfjs';
import {batchNormalise} from '#tfpipe/tensor/batch-normalise.js';
import {addBias, dropout, leakyRelu, relu, relu6, sigmoid, softplus, swish, tanh} from '#tfpipe/tensor/kernels.js';
import {sigmoidCrossEntropy, softmaxCrossEntropy} from '#tfpipe/tensor/losses.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {tf} from '#tfpipe/tensor/tensorflow.js';
import {convolveUpSampled, upSample} from '#tfpipe/tensor/up-sample.js';
import {assertGradient, largestDifference} from '../training/steps/gradients.js';

/** Away from 0 and 6, where relu and relu6 have kinks. */
const values = [-3, -1.2, -0.4, 0.3, 0.9, 2.5];
const expected = {
  relu: (x: number) => Math.max(x, 0),
  relu6: (x: number) => Math.min(Math.max(x, 0), 6),
  swish: (x: number) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  softplus: (x: number) => Math.log1p(Math.exp(x)),
  leakyRelu: (x: number) => (x > 0 ? x : 0.2 * x),
};
const kernels = {relu, relu6, swish, tanh, sigmoid, softplus, leakyRelu: (x: Tensor) => leakyRelu(x, 0.2)};

/** Holds on every backend: call it after one is loaded. */
export function checkKernels(): void {
  for (const name of ['relu', 'relu6', 'swish', 'tanh', 'sigmoid', 'softplus', 'leakyRelu'] as const) {
    test(`${name}: values and gradient`, () => {
      const output = tf.tidy(() => kernels[name](tf.tensor1d(values)).dataSync());
      assert.ok(largestDifference(output, values.map(expected[name])) < 1e-6);
      assertGradient(kernels[name], values, [2, 3]);
    });
  }

  test('relu6 ends at 6, and has no gradient beyond', () => {
    const [output, gradient] = tf.tidy(() => {
      const input = tf.tensor1d([5.5, 7, 100]);
      return [relu6(input), tf.grad((x) => tf.sum(relu6(x)))(input)].map((each) => [...each.dataSync()]);
    }) as unknown as number[][];
    assert.deepEqual(
      [output, gradient],
      [
        [5.5, 6, 6],
        [1, 0, 0],
      ],
    );
  });

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
      // 0.8 is drawn as 205/256, and scaled by exactly that
      assert.ok(kept.every((value) => Math.abs(value - 256 / 205) < 1e-6));
      assert.deepEqual(
        tf
          .grad((x: typeof ones) => tf.sum(draw(x)))(ones)
          .dataSync(),
        output,
      );
    });
  });

  test('addBias: value, gradient of the input and of the bias', () => {
    const [input, bias] = [tf.tensor2d(values, [3, 2]), tf.tensor1d([0.5, -1])];
    assert.deepEqual(
      tf.tidy(() => addBias(input, bias).dataSync()),
      tf.tidy(() => tf.add(input, bias).dataSync()),
    );
    assertGradient((x) => addBias(x, bias), values, [3, 2]);
    assertGradient((b) => addBias(input, b), [0.5, -1], [2]);
    tf.dispose([input, bias]);
  });

  test('batchNormalise: mean 0 and variance 1 a channel, statistics, all three gradients', () => {
    const batch = Array.from({length: 24}, (_, index) => Math.sin(3 * index) * 2 + (index % 3));
    const [gamma, beta] = [tf.tensor1d([1, 2, 0.5]), tf.tensor1d([0, 1, -1])];
    for (const shape of [
      [8, 3],
      [2, 2, 2, 3],
    ]) {
      const apply = (x: Tensor, scale = gamma, shift = beta): Tensor =>
        batchNormalise(x, scale as never, shift as never, 1e-3, () => {});
      tf.tidy(() => {
        const told: number[][] = [];
        const x = tf.tensor(batch, shape, 'float32');
        const output = batchNormalise(x, gamma as never, beta as never, 1e-3, (mean, variance) => {
          told.push([...mean.dataSync()], [...variance.dataSync()]);
        });
        const {mean, variance} = tf.moments(tf.reshape(x, [8, 3]), 0);
        assert.ok(largestDifference(told[0] ?? [], mean.dataSync()) < 1e-5);
        assert.ok(largestDifference(told[1] ?? [], variance.dataSync()) < 1e-5);
        const standard = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
        assert.ok(largestDifference(output.dataSync(), tf.add(tf.mul(standard, gamma), beta).dataSync()) < 1e-5);
      });
      assertGradient(apply, batch, shape, 5e-3);
      const input = tf.tensor(batch, shape, 'float32');
      assertGradient((scale) => apply(input, scale as never), [1, 2, 0.5], [3]);
      assertGradient((shift) => apply(input, gamma, shift as never), [0, 1, -1], [3]);
      input.dispose();
    }
    tf.dispose([gamma, beta]);
  });

  test('upSample repeats rows and columns; its gradient adds them up', () => {
    const output = tf.tidy(() => upSample(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), 2).dataSync());
    assert.deepEqual([...output], [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    assertGradient((x) => upSample(x as never, 3), values, [1, 2, 3, 1], 2e-2);
  });

  for (const size of [5, 7])
    test(`convolveUpSampled equals convolving the doubled input: kernel ${size}×${size}, values and all gradients`, () => {
      const wave = (shape: number[], speed: number): Tensor =>
        tf.tensor(
          Array.from({length: shape.reduce((product, length) => product * length, 1)}, (_, index) => Math.sin(speed * index)),
          shape,
        );
      const results = [
        (x: Tensor, kernel: Tensor, bias: Tensor) => convolveUpSampled(x as never, kernel as never, bias as never),
        (x: Tensor, kernel: Tensor, bias: Tensor) => tf.add(tf.conv2d(upSample(x as never, 2), kernel as never, 1, 'same'), bias),
      ].map((apply) =>
        tf.tidy(() => {
          const given = [wave([2, 3, 4, 2], 1.1), wave([size, size, 2, 3], 0.7), wave([3], 2)];
          const loss = (...[x, kernel, bias]: Tensor[]): Tensor => {
            const output = apply(x as Tensor, kernel as Tensor, bias as Tensor);
            return tf.sum(tf.mul(output, wave(output.shape, 0.3)));
          };
          const output = apply(given[0] as Tensor, given[1] as Tensor, given[2] as Tensor);
          assert.deepEqual(output.shape, [2, 6, 8, 3]);
          return [output, ...tf.grads(loss as never)(given)].map((tensor) => [...tensor.dataSync()]);
        }),
      );
      for (const [index, values] of (results[0] ?? []).entries())
        assert.ok(largestDifference(values, results[1]?.[index] ?? []) < 1e-3, `output or gradient ${index}`);
    });
}
