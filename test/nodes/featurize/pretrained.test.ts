import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, DatasetValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/featurize/pretrained.js';
import {modelType} from '#tfpipe/nodes/model-type.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const images = hostTensor('uint8', [3, 1, 2, 1], Uint8Array.of(0, 4, 8, 8, 20, 0));
const labels = hostTensor('uint8', [3], Uint8Array.of(0, 1, 2));
const type: DatasetType = {
  kind: 'dataset',
  splits: {test: {images: {dtype: 'uint8', shape: [3, 1, 2, 1], range: [0, 255]}, labels: {dtype: 'uint8', shape: [3]}}},
};
/** Colour pictures of 1×4: the sum of each channel's mean, and a classifier. */
const layers = ['globalAveragePool', {dense: 2}, {dense: 3}];
const trained = model([1, 4, 3], layers, {
  '1.kernel': matrix([
    [1, 0],
    [1, 0],
    [1, 1],
  ]),
  '1.bias': vector([0, 10]),
  '2.kernel': matrix([
    [1, 1, 1],
    [1, 1, 1],
  ]),
  '2.bias': vector([0, 0, 0]),
});
const trainedType = modelType({input: [1, 4, 3], layers}, [0, 255]);
const given = {without: 1, batchSize: 2};

test('grey pictures are made larger and coloured; the classifier at the end is left out; labels stay', async () => {
  const run = {params: given, inputs: {data: dataset({test: {images, labels}}), model: trained}};
  const {outputs} = await runNode(node, {...run, types: {data: type, model: trainedType}});
  const split = await (outputs['features'] as DatasetValue).split('test');
  // means stay as they are: 2, 8, 10; three channels of each
  assert.deepEqual(split, {features: hostTensor('float32', [3, 2], Float32Array.of(6, 12, 24, 18, 30, 20)), labels});
});

test('the type is known before', () => {
  const {types, issues} = nodeTypes(node, {params: given, types: {data: type, model: trainedType}});
  assert.deepEqual(issues, []);
  assert.deepEqual(types['features'], {
    kind: 'dataset',
    splits: {test: {features: {dtype: 'float32', shape: [3, 2]}, labels: {dtype: 'uint8', shape: [3]}}},
  });
});

const scaled: DatasetType = {kind: 'dataset', splits: {test: {images: {dtype: 'float32', shape: [3, 1, 2, 1], range: [0, 1]}}}};
const colour: DatasetType = {kind: 'dataset', splits: {test: {images: {dtype: 'uint8', shape: [3, 1, 2, 4], range: [0, 255]}}}};
for (const [what, params, data, modelGiven, path, message] of [
  [
    'pictures of another range',
    given,
    scaled,
    trainedType,
    ['in', 'data'],
    /in the range 0\.\.255, as what `model` takes, got 0\.\.1$/,
  ],
  [
    'pictures of other channels',
    given,
    colour,
    trainedType,
    ['in', 'data'],
    /can be made \[1, 4, 3\], .*, got shape \[1, 2, 4\]$/,
  ],
  ['no layer left', {...given, without: 3}, type, trainedType, ['with', 'without'], /leave some of 3 layers, got 3$/],
  [
    'features that are no vector',
    {...given, without: 0},
    type,
    modelType({input: [1, 4, 3], layers: ['relu']}, [0, 255]),
    ['in', 'model'],
    /gives a vector, got shape \[1, 4, 3\]$/,
  ],
] as const)
  test(`${what}: reported`, () => {
    const {issues} = nodeTypes(node, {params, types: {data, model: modelGiven}});
    assert.deepEqual(
      issues.map((issue) => issue.path),
      [path],
    );
    assert.match(issues[0]?.message ?? '', message);
  });
