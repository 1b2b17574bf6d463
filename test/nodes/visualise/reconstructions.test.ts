import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {FigureValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/reconstructions.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {greyCounts, matrix, model, modelType, vector} from '../models.js';
import {dataset, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

test('each image stands above what the decoder makes of it', async () => {
  // an encoder that keeps nothing, and a decoder that always gives one half
  const nothing = model([4, 4, 1], ['flatten', {dense: 1}], {
    '1.kernel': matrix(Array.from({length: 16}, () => [0])),
    '1.bias': vector([0]),
  });
  const half = model([1], [{dense: 16}, {reshape: [4, 4, 1]}, 'sigmoid'], {
    '0.kernel': matrix([new Array<number>(16).fill(0)]),
    '0.bias': vector(new Array<number>(16).fill(0)),
  });
  const images = hostTensor(
    'float32',
    [2, 4, 4, 1],
    Float32Array.from({length: 32}, (_, index) => (index < 16 ? 1 : 0)),
  );
  const {outputs} = await runNode(node, {
    params: {split: 'test', pairs: 2, columns: 2},
    inputs: {
      data: dataset({test: {images, labels: hostTensor('uint8', [2], Uint8Array.of(0, 1))}}),
      encoder: nothing,
      decoder: half,
    },
    types: {decoder: modelType([1], [4, 4, 1])},
  });
  const counts = greyCounts((outputs['figure'] as FigureValue).png);
  // 4×4 pixels, drawn 2 units wide at 2 pixels a unit: 16² pixels an image; the black one, and two grey ones
  assert.ok((counts.get(0) ?? 0) >= 256, `black: ${counts.get(0)}`);
  assert.ok((counts.get(127) ?? counts.get(128) ?? 0) >= 500, `grey: ${counts.get(127)} ${counts.get(128)}`);
});
