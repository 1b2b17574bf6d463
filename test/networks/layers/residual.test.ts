import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs';
import {layOut} from '#tfpipe/networks/architecture.js';
import {Network} from '#tfpipe/networks/network.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {largestDifference} from '../../training/steps/gradients.js';
import {newNetwork} from '../new-network.js';

before(async () => void (await loadTensorFlow()));

const convolution = {conv2d: {filters: 3, kernel: 3, padding: 'same', bias: false}};
const input = (): Tensor4D =>
  tf.tensor4d(
    Float32Array.from({length: 2 * 16 * 2}, (_, at) => Math.sin(at)),
    [2, 4, 4, 2],
  );

test('layers(x) + x, and their gradient is that of both', () => {
  const network = newNetwork('plain', {input: [5], layers: [{residual: [{dense: 4}, 'tanh', {dense: 5}]}]});
  const [first, firstBias, second, secondBias] = network.variables as unknown as [Tensor, Tensor, Tensor, Tensor];
  const x = tf.tensor2d([0.1, -0.4, 0.7, 1, -1, 2, 0, 0.3, -0.2, 0.5], [2, 5]);
  const byHand = (given: Tensor): Tensor => {
    const inner = tf.tanh(tf.add(tf.matMul(given as never, first as never), firstBias));
    return tf.add(tf.add(tf.matMul(inner as never, second as never), secondBias), given);
  };
  const through = (given: Tensor): Tensor => network.apply(given, {mode: 'evaluation'});
  const gradient = (of: (given: Tensor) => Tensor) =>
    tf
      .grad((given) => tf.sum(tf.square(of(given as Tensor))))(x)
      .dataSync();
  assert.ok(largestDifference(through(x).dataSync(), byHand(x).dataSync()) < 1e-6);
  assert.ok(largestDifference(gradient(through), gradient(byHand)) < 1e-5);
  network.dispose();
});

test('weights and moving averages inside have a place, and come back', () => {
  const layers = [convolution, {residual: [convolution, 'batchNorm', 'relu', {conv2d: {filters: 3, kernel: 1}}]}];
  const network = newNetwork('inside', {input: [4, 4, 2], layers});
  assert.deepEqual(Object.keys(network.weights()), [
    '0.kernel',
    '1.0.kernel',
    ...['gamma', 'beta', 'movingMean', 'movingVariance'].map((name) => `1.1.${name}`),
    ...['kernel', 'bias'].map((name) => `1.3.${name}`),
  ]);
  assert.equal(network.layout.parameters, 9 * 2 * 3 + 9 * 3 * 3 + 2 * 3 + 3 * 3 + 3);
  assert.equal(network.averages.length, 2);
  const restored = Network.restore('restored', network.architecture, network.weights());
  const output = (of: Network): Float32Array => of.apply(input(), {mode: 'evaluation'}).dataSync() as Float32Array;
  assert.deepEqual(output(restored), output(network));
  for (const each of [network, restored]) each.dispose();
});

test('global average pooling is the mean over all pixels of a channel', () => {
  const network = newNetwork('pool', {input: [4, 4, 2], layers: ['globalAveragePool']});
  const found = network.apply(input(), {mode: 'evaluation'});
  assert.deepEqual(found.shape, [2, 2]);
  const values = input().dataSync();
  const expected = [0, 1].flatMap((example) =>
    [0, 1].map(
      (channel) =>
        Array.from({length: 16}, (_, pixel) => values[example * 32 + pixel * 2 + channel] ?? 0).reduce((a, b) => a + b) / 16,
    ),
  );
  assert.ok(largestDifference(found.dataSync(), expected) < 1e-6);
  network.dispose();
});

for (const [what, layer, index, problem] of [
  [
    'a result of another shape',
    {residual: [convolution]},
    0,
    'Expected the layers of `residual` to give the shape of their input, [4, 4, 2], got [4, 4, 3]',
  ],
  [
    'a layer inside that does not fit',
    {residual: [{dense: 3}]},
    0,
    'Expected the input of `dense` to be a vector, got shape [4, 4, 2]',
  ],
  [
    'pooling all of a vector',
    'globalAveragePool',
    1,
    'Expected the input of `globalAveragePool` to be [height, width, channels], got shape [32]',
  ],
] as const)
  test(`${what} is reported`, () => {
    const found = layOut({input: [4, 4, 2], layers: index === 0 ? [layer] : ['flatten', layer]});
    assert.deepEqual(found.status === 'misfit' && [found.index, found.problem], [index, problem]);
  });
