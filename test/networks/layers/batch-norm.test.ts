import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Scalar, Tensor} from '@tensorflow/tfjs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {layOut} from '#tfpipe/networks/architecture.js';
import {Network} from '#tfpipe/networks/network.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {largestDifference} from '../../training/steps/gradients.js';
import {newNetwork} from '../new-network.js';

before(async () => void (await loadTensorFlow()));

test('DCGAN’s generator: 6,751,233 weights in both networks learn, 12,544 more are moving averages', () => {
  const generator = layOut({
    input: [100],
    layers: [
      ...[{dense: 1024}, 'tanh', {dense: 6272}, 'batchNorm', 'tanh', {reshape: [7, 7, 128]}],
      ...[{upSample2d: 2}, {conv2d: {filters: 64, kernel: 5, padding: 'same'}}, 'tanh'],
      ...[{upSample2d: 2}, {conv2d: {filters: 1, kernel: 5, padding: 'same'}}, 'tanh'],
    ],
  });
  assert.ok(generator.status === 'fits');
  // 101·1024 + 1025·6272 + 2·6272 + (25·128 + 1)·64 + 25·64 + 1
  assert.equal(generator.layout.parameters, 101 * 1024 + 1025 * 6272 + 2 * 6272 + 3201 * 64 + 1601);
  assert.equal(generator.layout.averages, 2 * 6272);
  assert.deepEqual(generator.layout.output, [28, 28, 1]);
});

for (const compile of [true, false])
  test(`moving averages follow the batches in a step and are used in evaluation (${compile ? 'compiled' : 'eager'})`, () => {
    const network = newNetwork(`norm-${compile}`, {input: [2], layers: [{batchNorm: {momentum: 0.5}}, {dense: 1}]});
    const rows = hostTensor('float32', [4, 2], Float32Array.of(1, 10, 3, 10, 5, 14, 7, 14));
    const step = createTrainingStep({
      data: {rows},
      batchSize: 4,
      seed: 1,
      precision: 'float32',
      compile,
      phases: ({rows: batch}, random) => [
        {
          name: 'loss',
          updates: [{variables: network.variables, optimizer: {sgd: {rate: 0}}}],
          assigns: network.averages,
          loss: () => tf.mean(tf.square(network.apply(batch as Tensor, {mode: 'training', random}))) as Scalar,
        },
      ],
    });
    for (const number of [0, 1]) step.run(Int32Array.of(0, 1, 2, 3), number);
    step.pullWeights();
    const [mean, variance] = network.averages.map((variable) => variable.dataSync());
    // means 4 and 12, variances 5 and 4; from 0 and 1, half of the way at each of two steps
    assert.ok(largestDifference(mean ?? [], [3, 9]) < 1e-5, String(mean));
    assert.ok(largestDifference(variance ?? [], [4, 3.25]) < 1e-5, String(variance));
    const weights = network.weights();
    const restored = Network.restore('restored', network.architecture, weights);
    const output = (of: Network): number[] =>
      tf.tidy(() => [...of.apply(tf.tensor2d([3, 9], [1, 2]), {mode: 'evaluation'}).dataSync()]);
    assert.ok(Math.abs(output(network)[0] ?? 1) < 1e-6, 'the moving mean is normalised to zero');
    assert.deepEqual(output(restored), output(network));
    restored.dispose();
    step.dispose();
    network.dispose();
  });
