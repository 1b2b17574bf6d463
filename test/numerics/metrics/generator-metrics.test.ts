import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {frechetDistance} from '#tfpipe/numerics/metrics/frechet.js';
import {precisionAndRecall} from '#tfpipe/numerics/metrics/manifold.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {expected, high, other} from './reference.js';

before(async () => void (await loadTensorFlow()));

const close = (found: number, wanted: number, tolerance: number): void =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${found}, wanted ${wanted}`);

test('the Fréchet distance is scipy’s; of a set to itself it is 0, and of a shifted set the square of the shift', async () => {
  close(await frechetDistance(high, other), expected.frechet, 1e-9);
  close(await frechetDistance(high, high), 0, 1e-12);
  const shifted = hostTensor(
    'float32',
    high.shape,
    high.data.map((value, at) => (at % 5 === 0 ? value + 2 : value)),
  );
  close(await frechetDistance(high, shifted), 4, 1e-6);
});

test('features that never vary have a distance too', async () => {
  const flat = (value: number) => hostTensor('float32', [20, 3], new Float32Array(60).fill(value));
  close(await frechetDistance(flat(1), flat(3)), 12, 1e-9);
});

test('precision and recall are those of scikit-learn’s neighbours; a set covers itself, and sets far apart nothing', () => {
  const tensors = tf.memory().numTensors;
  const {precision, recall} = precisionAndRecall(high, other, 3);
  close(precision, expected.precision, 1e-9);
  close(recall, expected.recall, 1e-9);
  assert.deepEqual(precisionAndRecall(high, high, 3), {precision: 1, recall: 1});
  const far = hostTensor(
    'float32',
    other.shape,
    other.data.map((value) => value + 100),
  );
  assert.deepEqual(precisionAndRecall(high, far, 3), {precision: 0, recall: 0});
  assert.equal(tf.memory().numTensors, tensors);
});
