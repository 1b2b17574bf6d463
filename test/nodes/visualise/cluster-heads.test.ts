import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {FigureValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/cluster-heads.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {greyCounts, matrix, model, modelType, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

// grey is the style plus a tenth of the category, the same in all four pixels
const ones = [1, 1, 1, 1];
const decoder = model([3], [{dense: 4}, {reshape: [2, 2, 1]}], {
  '0.kernel': matrix([ones, [0, 0, 0, 0], ones.map(() => 0.1)]),
  '0.bias': vector([0, 0, 0, 0]),
});
const codes = matrix([[0.2], [0.4], [0.9]]);
const types = {
  codes: {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [3, 1]}}}} satisfies PortType,
  decoder: modelType([3], [2, 2, 1]),
};

/** How many pixels have this grey, or the one next to it. */
const nearly = (counts: ReadonlyMap<number, number>, grey: number): number =>
  [Math.floor(grey), Math.ceil(grey)].reduce((sum, each) => sum + (counts.get(each) ?? 0), 0);

test('a head has the mean style; the rows are categories', async () => {
  const {outputs} = await runNode(node, {
    params: {split: 'test', styles: 2},
    inputs: {decoder, codes: dataset({test: {codes}}, 'embedding')},
    types,
  });
  const figure = outputs['figure'] as FigureValue;
  const greys = greyCounts(figure.png);
  // mean 0.5, then 0.2 and 0.4, with 0 or 0.1 more: each in 2×2 pixels of 2×2 units, as ink on paper
  for (const ink of [0.5, 0.2, 0.4, 0.6, 0.3]) assert.ok(nearly(greys, 255 * (1 - ink)) >= 16, String(ink));
  assert.match(figure.alt, /^2 rows, one a category: .* with 2 styles of the test split/);
});

test('a decoder that takes nothing beside the style is reported', () => {
  const {issues} = nodeTypes(node, {params: {split: 'test', styles: 2}, types: {...types, decoder: modelType([1], [2, 2, 1])}});
  assert.deepEqual(
    issues.map(({message}) => message),
    ['Expected a decoder that takes a class beside the 1 values of a style, got one that takes 1'],
  );
});
