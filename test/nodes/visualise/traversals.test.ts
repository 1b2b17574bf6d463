import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {FigureValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/traversals.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, modelType, pngSize, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const decoder = model([3], [{dense: 4}, {reshape: [2, 2, 1]}, 'sigmoid'], {
  '0.kernel': matrix([
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ]),
  '0.bias': vector([0, 0, 0, 0]),
});
// variances 1, 0.0025 and 4: two in use
const codes = matrix([
  [1, 0.05, 2],
  [-1, -0.05, 2],
  [1, 0.05, -2],
  [-1, -0.05, -2],
]);
const type: PortType = {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [4, 3]}}}};
const types = {codes: type, decoder: modelType([3], [2, 2, 1])};
const given = {split: 'test', steps: 5, reach: 3};

test('a row a dimension; those that vary less than a hundredth are not in use', async () => {
  const run = (params: object) =>
    runNode(node, {params: {...given, ...params}, inputs: {decoder, codes: dataset({test: {codes}}, 'embedding')}, types});
  const {outputs, metrics} = await run({});
  assert.deepEqual(metrics[0]?.values, {dimensionsInUse: 2});
  const figure = outputs['figure'] as FigureValue;
  assert.equal(figure.title, 'Traversals: 2 of 3 dimensions are in use');
  const [width, height] = pngSize(figure.png);
  assert.ok(width > height, 'five images in each of three rows');
  const through = (await run({example: 2})).outputs['figure'] as FigureValue;
  assert.notDeepEqual(through.png, figure.png);
});

test('codes of another size than the decoder takes, and an example that is not there, are reported', () => {
  const messages = (params: object, changed: Readonly<Record<string, PortType>> = {}) =>
    nodeTypes(node, {params: {...given, ...params}, types: {...types, ...changed}}).issues.map(({message}) => message);
  assert.deepEqual(messages({example: 4}), ['Expected an example between 0 and 3, got 4']);
  assert.deepEqual(messages({}, {decoder: modelType([2], [2, 2, 1])}), [
    'Expected the dimension `code` of what `decoder` takes to be 3, as of `codes`, got 2',
  ]);
});
