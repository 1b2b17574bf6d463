import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {OptimizerConfig} from '#tfpipe/optimizers/index.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {largestDifference} from '../training/steps/gradients.js';

/** Made by optimizers_keras.py beside it. */
const reference = JSON.parse(readFileSync('test/reference/optimizers_keras.json', 'utf8')) as {
  start: number[][];
  scale: number;
  cases: {config: OptimizerConfig; weights: number[][]}[];
};
const steps = reference.cases[0]?.weights.length ?? 0;
const size = reference.start.flat().length;

await loadTensorFlow();

/** The slope at step t is cos(t + index), handed over as the data's t-th example. */
const slopes = Float32Array.from({length: steps * size}, (_, index) => Math.cos(Math.floor(index / size) + (index % size)));

for (const {config, weights} of reference.cases)
  for (const compile of [false, true])
    test(`${JSON.stringify(config)} takes Keras's ten steps, ${compile ? 'compiled' : 'eager'}`, () => {
      const weight = tf.variable(tf.tensor2d(reference.start), true, 'weight');
      const step = createTrainingStep({
        data: {slope: hostTensor('float32', [steps, size], slopes)},
        batchSize: 1,
        seed: 1,
        precision: 'float32',
        compile,
        phases: ({slope}) => [
          {
            name: 'loss',
            updates: [{variables: [weight], optimizer: config}],
            loss: () => {
              const bowl = tf.mul(tf.sum(tf.square(weight)), reference.scale / 2);
              const tilt = tf.sum(tf.mul(weight, tf.reshape(slope as never, weight.shape)));
              return tf.add(bowl, tilt) as never;
            },
          },
        ],
      });
      for (let number = 0; number < steps; number++) {
        step.run(Int32Array.of(number), number);
        const found = step.readState()['weight']?.data as Float32Array;
        const difference = largestDifference(found, weights[number] ?? []);
        assert.ok(difference < 3e-6, `step ${number}: off by ${difference}`);
      }
      step.dispose();
      weight.dispose();
    });

/** Weights after each of the ten steps, with half of the rate: by the setting, or by a factor that is 1/2 from the third step on. */
function weightsAt(config: OptimizerConfig, compile: boolean, rateFactor?: (step: number) => number): number[][] {
  const weight = tf.variable(tf.tensor2d(reference.start), true, 'weight');
  const step = createTrainingStep({
    data: {slope: hostTensor('float32', [steps, size], slopes)},
    batchSize: 1,
    seed: 1,
    precision: 'float32',
    compile,
    rateFactor,
    phases: ({slope}) => [
      {
        name: 'loss',
        updates: [{variables: [weight], optimizer: config}],
        loss: () => tf.sum(tf.mul(weight, tf.reshape(slope as never, weight.shape))) as never,
      },
    ],
  });
  const found = Array.from({length: steps}, (_, number) => {
    step.run(Int32Array.of(number), number);
    return [...(step.readState()['weight']?.data ?? [])];
  });
  step.dispose();
  weight.dispose();
  return found;
}

for (const [name, settings] of Object.entries({
  adam: {},
  adamw: {weightDecay: 0.1},
  sgd: {},
  'sgd with momentum': {momentum: 0.9, nesterov: true},
  rmsprop: {},
}))
  for (const compile of [false, true])
    test(`a rate factor is a factor of the rate: ${name}, ${compile ? 'compiled' : 'eager'}`, () => {
      const at = (rate: number) => ({[name.split(' ')[0] as string]: {...settings, rate}}) as OptimizerConfig;
      const [halved, half] = [weightsAt(at(0.1), compile, () => 0.5), weightsAt(at(0.05), compile)];
      assert.ok(largestDifference(halved.flat(), half.flat()) < 1e-6);
      // it is asked at every step: what differs begins at the third
      const [later, whole] = [weightsAt(at(0.1), compile, (step) => (step < 2 ? 1 : 0.5)), weightsAt(at(0.1), compile)];
      assert.ok(largestDifference(later.slice(0, 2).flat(), whole.slice(0, 2).flat()) < 1e-6);
      assert.ok(largestDifference(later[2] ?? [], whole[2] ?? []) > 1e-3);
    });
