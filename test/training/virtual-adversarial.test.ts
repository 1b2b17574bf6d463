import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Scalar, Tensor, Tensor2D} from '@tensorflow/tfjs';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {virtualAdversarialLoss} from '#tfpipe/training/virtual-adversarial.js';

before(async () => void (await loadTensorFlow()));

// two classes whose scores are linear: the direction in which they change most is known, ±(w₀ − w₁)
const kernel = [
  [0.7, -0.2],
  [-0.4, 0.9],
  [0.3, 0.1],
];
const bias = [0.2, -0.1];
const inputs = [
  [0.1, 0.8, -0.5],
  [1.2, 0.4, 0.3],
  [-0.6, 0.2, 0.9],
  [0, 0, 0],
];
const radius = 0.8;

const scoresOf = (input: readonly number[], biases: readonly number[] = bias): number[] =>
  biases.map((first, column) => input.reduce((sum, value, row) => sum + value * (kernel[row]?.[column] ?? 0), first));
function softmax(scores: readonly number[]): number[] {
  const all = scores.map(Math.exp);
  const total = all.reduce((sum, value) => sum + value, 0);
  return all.map((value) => value / total);
}
const divergence = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, value, at) => sum + value * Math.log(value / (q[at] ?? 0)), 0);

/** An example moved to either end of the direction in which the classes change most. */
function ends(input: readonly number[]): [number[], number[]] {
  const direction = kernel.map(([first = 0, second = 0]) => first - second);
  const length = Math.hypot(...direction);
  const at = (side: number): number[] => input.map((value, row) => value + (side * radius * (direction[row] ?? 0)) / length);
  return [at(1), at(-1)];
}

const linear =
  (biases: Tensor) =>
  (examples: Tensor): Tensor2D =>
    tf.add(tf.matMul(examples as Tensor2D, tf.tensor2d(kernel)), biases) as Tensor2D;
const lossOf = (examples: readonly number[][], biases: Tensor = tf.tensor1d(bias), seed = 1): Scalar =>
  virtualAdversarialLoss(
    linear(biases),
    tf.tensor2d(examples as number[][]),
    radius,
    new RandomStream(seed, tf.scalar(0, 'int32')),
  );

test('of two linear classes it is the divergence at one of the two ends that can be computed by hand', () => {
  const sides = new Set<number>();
  for (const input of inputs)
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const found = tf.tidy(() => lossOf([input], undefined, seed).dataSync()[0] ?? Number.NaN);
      const expected = ends(input).map((end) => divergence(softmax(scoresOf(input)), softmax(scoresOf(end))));
      const side = expected.findIndex((value) => Math.abs(value - found) < 1e-6);
      assert.notEqual(side, -1, `${found}, expected one of ${expected.join(', ')}`);
      sides.add(side);
    }
  assert.equal(sides.size, 2, 'where the search starts should decide the side');
});

test('its gradient is that of the moved examples alone: q − p for the biases', () => {
  tf.tidy(() => {
    const input = inputs[0] as number[];
    const {value, grad} = tf.valueAndGrad((biases) => lossOf([input], biases))(tf.tensor1d(bias));
    const p = softmax(scoresOf(input));
    const candidates = ends(input).map((end) => softmax(scoresOf(end)));
    const loss = value.dataSync()[0] ?? Number.NaN;
    const q = candidates.find((candidate) => Math.abs(divergence(p, candidate) - loss) < 1e-6) ?? [];
    const found = [...grad.dataSync()];
    for (const [at, share] of p.entries()) assert.ok(Math.abs((found[at] ?? 0) - ((q[at] ?? 0) - share)) < 1e-6);
  });
});

test('it is the mean over the batch', () => {
  const [all, parts] = tf.tidy(() => {
    // 64 of each, since the side is drawn for each row
    const batch = (count: number) => Array.from({length: count}, () => inputs[1] as number[]);
    const both = ends(inputs[1] as number[]).map((end) =>
      divergence(softmax(scoresOf(inputs[1] as number[])), softmax(scoresOf(end))),
    );
    return [(lossOf(batch(64)).dataSync()[0] ?? 0) * 64, both] as const;
  });
  const [first = 0, second = 0] = parts;
  // n of one side and 64 − n of the other
  const count = (all - 64 * second) / (first - second);
  assert.ok(Math.abs(count - Math.round(count)) < 1e-3 && count > 10 && count < 54, `${count} of 64`);
});

test('where nothing changes, and where scores are beyond what float32 tells apart, it is 0 and so is its gradient', () => {
  for (const factor of [0, 1e6]) {
    const found = tf.tidy(() => {
      const scores = (biases: Tensor) => (examples: Tensor) =>
        tf.add(tf.mul(tf.slice(examples, [0, 0], [-1, 2]), factor), tf.mul(biases, 1)) as Tensor2D;
      const {value, grad} = tf.valueAndGrad((biases) =>
        virtualAdversarialLoss(scores(biases), tf.tensor2d([[1, -1, 0]]), 0.1, new RandomStream(1, tf.scalar(0, 'int32'))),
      )(tf.tensor1d(bias));
      return [...value.dataSync(), ...grad.dataSync()];
    });
    assert.deepEqual(found.map(Math.abs), [0, 0, 0]);
  }
});
