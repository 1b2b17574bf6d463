import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Tensor} from '@tensorflow/tfjs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {drawFirst, initialise, initialiseFrom} from '#tfpipe/training/initialise.js';
import type {Objective} from '#tfpipe/training/objective.js';
import type {TrainingParams} from '#tfpipe/training/params.js';
import {train} from '#tfpipe/training/train.js';
import {stage} from './stage.js';

before(async () => void (await loadTensorFlow()));

const line = {input: [1], layers: [{dense: 1}]};
const given: TrainingParams = {epochs: 3, batchSize: 4, validateEvery: 2, precision: 'float32', compile: true};
const data = {
  x: hostTensor(
    'float32',
    [8, 1],
    Float32Array.from({length: 8}, (_, at) => at / 8),
  ),
  y: hostTensor(
    'float32',
    [8, 1],
    Float32Array.from({length: 8}, (_, at) => at / 4 + 1),
  ),
};

/** A line through points. */
function regression(): Objective<ReturnType<typeof initialise<{line: typeof line}>>> {
  const networks = initialise({line}, 1);
  const errors = (x: Tensor, y: Tensor): Tensor => tf.square(tf.sub(networks.line.apply(x, {mode: 'evaluation'}), y));
  return {
    networks,
    phases: ({x, y}) => [
      {
        name: 'loss',
        updates: [{variables: networks.line.variables, optimizer: {sgd: {rate: 0.1}}}],
        loss: () => tf.mean(errors(x as Tensor, y as Tensor)),
      },
    ],
    measure: ({x, y}) => ({error: tf.reshape(errors(x as Tensor, y as Tensor), [-1])}),
  };
}

test('trains, measures the validation split as often as asked, gives weights and history, and leaves no tensor', async () => {
  const tensors = tf.memory().numTensors;
  const {models, epochs, history} = await train({objective: regression(), data, validation: data}, given, stage({}));
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(models.line.architecture, line);
  assert.deepEqual(Object.keys(models.line.weights), ['0.kernel', '0.bias']);
  assert.deepEqual(Object.keys(history.columns), ['epoch', 'loss', 'validation/error']);
  assert.equal(history.columns['validation/error']?.[0], null);
  const [, second = 0, third = 0] = epochs.map((figures) => figures['validation/error']);
  assert.ok(third < second, `${second}, then ${third}`);
  const [slope = 0, offset = 0] = ['0.kernel', '0.bias'].map((name) => models.line.weights[name]?.data[0]);
  const error = Array.from(data.x.data, (x, at) => (slope * x + offset - (data.y.data[at] ?? 0)) ** 2);
  assert.ok(Math.abs(third - error.reduce((sum, each) => sum + each, 0) / 8) < 1e-5);
});

test('a training that fails leaves no tensor either', async () => {
  const tensors = tf.memory().numTensors;
  const failing = stage({checkpoints: {load: () => Promise.reject(new Error('the disk'))}});
  await assert.rejects(train({objective: regression(), data}, given, failing), /the disk/);
  assert.equal(tf.memory().numTensors, tensors);
});

test('networks are drawn in order from the numbers before the first step, and what follows from the numbers after them', () => {
  const pair = {first: line, second: line};
  /** Kernels of both networks, which are disposed of. */
  const kernels = (networks: ReturnType<typeof initialise<typeof pair>>) =>
    Object.values(networks).map((network) => {
      const kernel = network.weights()['0.kernel']?.data[0];
      network.dispose();
      return kernel;
    });
  const both = kernels(initialise(pair, 7));
  const [same, more] = drawFirst(7, (random) => [
    kernels(initialiseFrom(pair, random)),
    tf.tidy(() => random.uniform([1]).dataSync()[0]),
  ]);
  assert.deepEqual(same, both);
  assert.equal(new Set([...both, more]).size, 3);
});
