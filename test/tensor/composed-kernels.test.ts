import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {loadTensorFlow, native, tf} from '#tfpipe/tensor/tensorflow.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {adversarialProgram, batchSize} from '../training/steps/adversarial-program.js';
import {checkKernels} from './kernel-checks.js';
import {checkRandom} from './random-checks.js';

await loadTensorFlow({backend: 'cpu'});

test('the cpu backend is tfjs alone', () => {
  assert.equal(tf.getBackend(), 'cpu');
  assert.equal(native, undefined);
});
describe('kernels composed of tfjs operations', checkKernels);
describe('random numbers composed in JavaScript', checkRandom);

test('a program trains there too, step by step, and goes on from a saved state to the same bits', () => {
  const indices = Int32Array.from({length: 3 * batchSize}, (_, index) => index);
  const {program, dispose} = adversarialProgram();
  const step = createTrainingStep(program);
  assert.equal(step.compiled, false);
  const start = step.readState();
  const losses = [0, 1, 2].map((number) => step.run(indices.subarray(number * batchSize, (number + 1) * batchSize), number));
  const end = step.readState();
  assert.ok((losses[2]?.['reconstruction'] ?? 1) < (losses[0]?.['reconstruction'] ?? 0), JSON.stringify(losses));
  step.writeState(start);
  step.run(indices, 0);
  assert.deepEqual(step.readState(), end);
  step.dispose();
  dispose();
});
