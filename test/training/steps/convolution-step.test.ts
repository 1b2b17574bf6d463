import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable} from '@tensorflow/tfjs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {relu, sigmoid, softplus, tanh} from '#tfpipe/tensor/kernels.js';
import {softmaxCrossEntropy} from '#tfpipe/tensor/losses.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {largestDifference} from './gradients.js';

await loadTensorFlow();

/** Two steps of a network that uses what image models use: each operation must pass into a graph with all its attributes. */
function train(compile: boolean, precision: 'float32' | 'bfloat16'): number[] {
  const start = tf.scalar(-1, 'int32');
  const random = new RandomStream(1, start);
  const weight = (shape: number[]): Variable => tf.tidy(() => tf.variable(random.normal(shape, 0, 0.3)));
  const variables = {
    first: weight([3, 3, 1, 4]),
    second: weight([3, 3, 4, 4]),
    up: weight([3, 3, 2, 4]),
    gain: weight([4]),
    offset: weight([4]),
    table: weight([5, 4]),
    dense: weight([36, 3]),
  };
  const moving = tf.variable(tf.zeros([4]), false);
  const images = hostTensor(
    'uint8',
    [6, 8, 8, 1],
    Uint8Array.from({length: 6 * 64}, (_, index) => (index * 31) % 256),
  );
  const labels = hostTensor('int32', [6], Int32Array.of(0, 1, 2, 0, 1, 2));
  const loss = (batch: Tensor, classes: Tensor1D): Scalar => {
    const {first, second, up, gain, offset, table, dense} = variables as unknown as Record<keyof typeof variables, Tensor4D>;
    const scaled = tf.div(batch, 255) as Tensor4D;
    const wide = tanh(tf.conv2d(scaled, first, 1, 'same')) as Tensor4D;
    const {mean, variance} = tf.moments(wide, [0, 1, 2]);
    moving.assign(tf.add(tf.mul(moving, 0.9), tf.mul(mean, 0.1)));
    const normal = tf.add(tf.mul(tf.div(tf.sub(wide, mean), tf.sqrt(tf.add(variance, 1e-3))), gain), offset) as Tensor4D;
    const pooled = tf.maxPool(relu(normal) as Tensor4D, 2, 2, 'valid');
    const narrow = softplus(
      tf.conv2d(
        tf.pad(pooled, [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]),
        second,
        2,
        'valid',
      ),
    ) as Tensor4D;
    const larger = tf.image.resizeNearestNeighbor(narrow, [6, 6]);
    const back = tf.conv2dTranspose(tf.avgPool(larger, 2, 2, 'same'), up, [batch.shape[0] ?? 0, 3, 3, 2], 1, 'same');
    const joined = tf.concat([tf.reshape(back, [-1, 18]), tf.slice(tf.reshape(larger, [-1, 144]), [0, 9], [-1, 18])], 1);
    const chosen = tf.matMul(tf.cast(tf.oneHot(classes, 5), 'float32') as Tensor2D, table as unknown as Tensor2D);
    const logits = tf.matMul(tf.transpose(tf.transpose(sigmoid(joined))) as Tensor2D, dense as unknown as Tensor2D);
    const penalty = tf.mul(tf.sum(tf.logSoftmax(chosen)), -0.01);
    const clipped = tf.mean(tf.maximum(tf.minimum(tf.clipByValue(joined, -0.5, 2), tf.exp(tf.neg(joined))), 0.01));
    return tf.addN([tf.mean(softmaxCrossEntropy(classes, logits as Tensor2D)), penalty, clipped]) as Scalar;
  };
  const step = createTrainingStep({
    data: {images, labels},
    batchSize: 4,
    seed: 1,
    precision,
    compile,
    phases: ({images: batch, labels: classes}) => [
      {
        name: 'loss',
        updates: [{variables: Object.values(variables), optimizer: {adam: {rate: 1e-2}}}],
        assigns: [moving],
        loss: () => loss(batch as Tensor, classes as Tensor1D),
      },
    ],
  });
  const losses = [Int32Array.of(0, 1, 2, 3), Int32Array.of(5, 4, 3, 2)].map(
    (indices, number) => step.run(indices, number)['loss'] ?? 0,
  );
  step.pullWeights();
  const result = [...losses, ...[...Object.values(variables), moving].flatMap((variable) => [...variable.dataSync()])];
  step.dispose();
  for (const variable of [...Object.values(variables), moving]) variable.dispose();
  start.dispose();
  return result;
}

test('a convolutional step gives the same numbers compiled and eager', () => {
  const [eager, compiled] = [train(false, 'float32'), train(true, 'float32')];
  assert.ok(largestDifference(eager, compiled) < 2e-4, String(largestDifference(eager, compiled)));
});

test('and about the same in bfloat16', () => {
  const [exact, rounded] = [train(true, 'float32'), train(true, 'bfloat16')];
  const [difference, updates] = [largestDifference(exact.slice(0, 2), rounded.slice(0, 2)), largestDifference(exact, rounded)];
  assert.ok(difference > 0 && difference < 0.02, String(difference));
  // Adam moves a weight by about its rate whatever the size of its gradient
  assert.ok(updates < 0.05, String(updates));
});
