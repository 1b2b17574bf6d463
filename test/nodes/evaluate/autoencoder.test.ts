import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {TableValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/evaluate/autoencoder.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, modelType, vector} from '../models.js';
import {dataset, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

test('a decoder that always says one half: BCE is log 2, MSE the mean of (x − ½)²; neighbours find the class', async () => {
  const images = hostTensor('float32', [4, 1, 2, 1], Float32Array.of(0, 1, 0.25, 0.75, 0.5, 0.5, 1, 1));
  const labels = hostTensor('uint8', [4], Uint8Array.of(0, 0, 1, 1));
  const codes = matrix([
    [0, 0],
    [0, 1],
    [9, 9],
    [9, 8],
  ]);
  const split = {images, labels};
  const undecided = model([2], [{dense: 2}, {reshape: [1, 2, 1]}, 'sigmoid'], {
    '0.kernel': matrix([
      [0, 0],
      [0, 0],
    ]),
    '0.bias': vector([0, 0]),
  });
  const {outputs, metrics} = await runNode(node, {
    params: {split: 'test', priorDeviation: 2, neighbours: 1, projections: 50},
    inputs: {
      data: dataset({train: split, test: split}),
      encoder: undecided,
      decoder: undecided,
      codes: dataset({train: {codes, labels}, test: {codes, labels}}, 'embedding'),
    },
    types: {encoder: modelType([1, 2, 1], [2]), decoder: modelType([2], [1, 2, 1])},
  });
  const {metric = [], value = []} = (outputs['scores'] as TableValue).columns;
  const scores = Object.fromEntries(metric.map((name, index) => [String(name), Number(value[index])]));
  assert.deepEqual(metrics, [{step: 0, values: scores}]);
  assert.ok(Math.abs((scores['reconstructionBCE'] ?? 0) - Math.log(2)) < 1e-7);
  assert.equal(scores['reconstructionMSE'], (0.25 + 0.25 + 0.0625 + 0.0625 + 0 + 0 + 0.25 + 0.25) / 8);
  assert.equal(scores['nearestNeighbourAccuracy'], 1);
  // mean of the codes is (4.5, 4.5), the prior's 0: ‖(4.5, 4.5)‖ / 2
  assert.ok(Math.abs((scores['codeMeanDistance'] ?? 0) - Math.hypot(4.5, 4.5) / 2) < 1e-6);
  assert.ok((scores['slicedWasserstein'] ?? 0) > 2);
});
