import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {FigureValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/style-grid.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, modelType, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

// a decoder of three dimensions: the first does nothing, the second adds ink everywhere, the third leans ink from one diagonal to the other
const size = 6;
const places = Array.from({length: size * size}, (_, index) => [index % size, Math.floor(index / size)] as const);
const lean = ([x, y]: readonly [number, number]): number => -(x - (size - 1) / 2) * (y - (size - 1) / 2) * 0.3;
const layers = [{dense: size * size}, {reshape: [size, size, 1]}, 'sigmoid'];
const decoder = model([3], layers, {
  '0.kernel': matrix([places.map(() => 0), places.map(() => 1), places.map(lean)]),
  '0.bias': vector(places.map(() => -1)),
});
const codes = matrix(Array.from({length: 40}, (_, index) => [Math.sin(index), Math.cos(2 * index), Math.sin(3 * index)]));
const labels = hostTensor(
  'uint8',
  [40],
  Uint8Array.from({length: 40}, (_, index) => index % 2),
);
const codesType: PortType = {
  kind: 'embedding',
  splits: {test: {codes: {dtype: 'float32', shape: [40, 3]}, labels: {dtype: 'uint8', shape: [40], range: [0, 1]}}},
};
const given = {split: 'test', steps: 5, spread: 2};

test('the dimensions that move thickness and slant are found, and move them monotonically', async () => {
  const {outputs, metrics} = await runNode(node, {
    params: given,
    inputs: {decoder, codes: dataset({test: {codes, labels}}, 'embedding')},
    types: {decoder: modelType([3], [size, size, 1]), codes: codesType},
  });
  assert.deepEqual(metrics[0]?.values, {
    thicknessDimension: 1,
    thicknessRankCorrelation: 1,
    slantDimension: 2,
    slantRankCorrelation: 1,
  });
  const figure = outputs['figure'] as FigureValue;
  assert.match(figure.title, /dimension 1 \(thickness\), then 2 \(slant\)/);
  assert.deepEqual(Array.from(figure.png.subarray(1, 4)), [...Buffer.from('PNG')]);
});

test('where one dimension moves both most, the one that can be spared less is kept for each', async () => {
  const both = model([3], layers, {
    '0.kernel': matrix([places.map((place) => 1 + lean(place)), places.map(() => 0.9), places.map((place) => 0.1 * lean(place))]),
    '0.bias': vector(places.map(() => -1)),
  });
  const {metrics} = await runNode(node, {
    params: given,
    inputs: {decoder: both, codes: dataset({test: {codes, labels}}, 'embedding')},
    types: {decoder: modelType([3], [size, size, 1]), codes: codesType},
  });
  const {thicknessDimension, slantDimension} = metrics[0]?.values ?? {};
  assert.deepEqual([thicknessDimension, slantDimension], [1, 0]);
});

test('`principal` moves along the principal components, found where the codes were spread, the widest first', async () => {
  // three times as far along (0, 0.6, 0.8) as across it, and nothing along the first dimension
  const turned = matrix(
    Array.from({length: 40}, (_, index) => {
      const [far, near] = [3 * Math.sin(index), Math.cos(2 * index)];
      return [0, 0.6 * far - 0.8 * near, 0.8 * far + 0.6 * near];
    }),
  );
  const {outputs, metrics} = await runNode(node, {
    params: {...given, dimensions: 'principal'},
    inputs: {decoder, codes: dataset({test: {codes: turned, labels}}, 'embedding')},
    types: {decoder: modelType([3], [size, size, 1]), codes: codesType},
  });
  const figure = outputs['figure'] as FigureValue;
  assert.match(figure.title, /the first principal component of the codes, then the second/);
  assert.match(figure.alt, /move principal component 1 of the code, the next 5 principal component 2/);
  // ink and lean grow along the first; across it, by a third as much, one falls while the other grows
  const {thicknessDimension, thicknessRankCorrelation, slantDimension, slantRankCorrelation} = metrics[0]?.values ?? {};
  assert.deepEqual([thicknessDimension, slantDimension], [0, 0]);
  assert.deepEqual([Math.abs(thicknessRankCorrelation ?? 0), Math.abs(slantRankCorrelation ?? 0)], [1, 1]);
});

test('dimensions that the code does not have are reported', () => {
  const {issues} = nodeTypes(node, {
    params: {...given, dimensions: [0, 3]},
    types: {decoder: modelType([3], [size, size, 1]), codes: codesType},
  });
  assert.deepEqual(
    issues.map((issue) => [issue.path, issue.message]),
    [[['with', 'dimensions', 1], 'Expected a dimension between 0 and 2, got 3']],
  );
});
