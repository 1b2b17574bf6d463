import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {FigureValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/style-transfer.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {greyCounts, matrix, model, modelType, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

// grey is the style plus a tenth of the class, the same in all four pixels
const ones = [1, 1, 1, 1];
const decoder = model([4], [{dense: 4}, {reshape: [2, 2, 1]}], {
  '0.kernel': matrix([ones, [0, 0, 0, 0], ones.map(() => 0.1), ones.map(() => 0.2)]),
  '0.bias': vector([0, 0, 0, 0]),
});
const images = hostTensor('float32', [2, 2, 2, 1], Float32Array.of(0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8));
const data: PortType = {kind: 'dataset', splits: {test: {images: {dtype: 'float32', shape: [2, 2, 2, 1], range: [0, 1]}}}};
const codes: PortType = {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [2, 1]}}}};
const types = {data, codes, decoder: modelType([4], [2, 2, 1])};

/** How many pixels have this grey, or the one next to it. */
const nearly = (counts: ReadonlyMap<number, number>, grey: number): number =>
  [Math.floor(grey), Math.ceil(grey)].reduce((sum, each) => sum + (counts.get(each) ?? 0), 0);

test('a row has the image, then its style on each class', async () => {
  const {outputs} = await runNode(node, {
    params: {split: 'test', count: 2},
    inputs: {decoder, data: dataset({test: {images}}), codes: dataset({test: {codes: matrix([[0.1], [0.4]])}}, 'embedding')},
    types,
  });
  const figure = outputs['figure'] as FigureValue;
  const greys = greyCounts(figure.png);
  for (const ink of [0.9, 0.1, 0.2, 0.3, 0.8, 0.4, 0.5, 0.6]) assert.ok(nearly(greys, 255 * (1 - ink)) >= 16, String(ink));
  assert.match(figure.alt, /^2 rows: an image of the test split, then classes 0 to 2/);
});

test('what is missing, and images of another shape, are reported', () => {
  const messages = (changed: Readonly<Record<string, PortType>>) =>
    nodeTypes(node, {params: {split: 'test', count: 2}, types: {...types, ...changed}}).issues.map(({message}) => message);
  assert.deepEqual(messages({}), []);
  assert.deepEqual(messages({codes: {kind: 'embedding', splits: {}}}), ['Expected a split `test`, got none']);
  assert.deepEqual(messages({decoder: modelType([4], [3, 2, 1])}), [
    'Expected the shape of what `decoder` gives to be [2, 2, 1], as of `images`, got [3, 2, 1]',
  ]);
});
