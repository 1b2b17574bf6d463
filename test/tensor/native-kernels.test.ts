import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {loadTensorFlow, native} from '#tfpipe/tensor/tensorflow.js';
import {checkKernels} from './kernel-checks.js';
import {checkRandom} from './random-checks.js';

const information = await loadTensorFlow();

test('loads TensorFlow once', async () => {
  assert.equal(information.backend, 'tensorflow');
  assert.match(information.version, /^2\.\d+\.\d+/);
  assert.ok(native);
  assert.equal(await loadTensorFlow({backend: 'cpu'}), information);
});
describe('kernels on TensorFlow', checkKernels);
describe('random numbers on TensorFlow', checkRandom);
