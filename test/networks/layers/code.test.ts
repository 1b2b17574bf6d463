import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {layOut} from '#tfpipe/networks/architecture.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {assertGradient, largestDifference} from '../../training/steps/gradients.js';
import {newNetwork} from '../new-network.js';

before(async () => void (await loadTensorFlow()));

const code = [0.3, -2, 1, 0, 5, 0.1, 0.2, -0.4, 0.9, 1.1];

test('softmaxLast leaves the style and makes probabilities of the rest; its gradient is that of finite differences', () => {
  const network = newNetwork('code', {input: [5], layers: [{softmaxLast: 3}]});
  const found = network.apply(tf.tensor2d(code, [2, 5]), {mode: 'training'}).dataSync();
  const expected = [0, 5].flatMap((start) => {
    const exponentials = code.slice(start + 2, start + 5).map(Math.exp);
    const total = exponentials.reduce((sum, value) => sum + value);
    return [...code.slice(start, start + 2), ...exponentials.map((value) => value / total)];
  });
  assert.ok(largestDifference(found, expected) < 1e-6);
  assert.deepEqual([...network.logits(tf.tensor2d(code, [2, 5]), {mode: 'training'}).dataSync()], [...Float32Array.from(code)]);
  assertGradient((given) => network.apply(given, {mode: 'evaluation'}), code, [2, 5]);
  network.dispose();
});

test('softmaxLast wants a style before the probabilities', () => {
  const laid = layOut({input: [3], layers: [{softmaxLast: 3}]});
  assert.equal(
    laid.status === 'misfit' && laid.problem,
    'Expected the input of `softmaxLast: 3` to be a vector of more than 3 values, got shape [3]',
  );
});

test('gaussianNoise has mean 0 and the deviation asked for while training, and is not there in evaluation', () => {
  const network = newNetwork('noise', {input: [100], layers: [{gaussianNoise: 0.3}]});
  const input = tf.fill([400, 100], 0.5);
  const random = new RandomStream(7, tf.scalar(1, 'int32'));
  const {mean, variance} = tf.moments(network.apply(input, {mode: 'training', random}));
  // 40,000 draws: 5 standard errors
  assert.ok(Math.abs((mean.dataSync()[0] ?? 0) - 0.5) < 5 * (0.3 / 200));
  assert.ok(Math.abs(Math.sqrt(variance.dataSync()[0] ?? 0) - 0.3) < 5 * (0.3 / 283));
  assert.deepEqual(network.apply(input, {mode: 'evaluation'}).dataSync(), input.dataSync());
  network.dispose();
});
