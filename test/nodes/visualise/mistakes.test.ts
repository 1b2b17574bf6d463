import assert from 'node:assert/strict';
import {test} from 'node:test';
import {PNG} from 'pngjs';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, FigureValue, Gallery} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/mistakes.js';
import {dataset, type NodeRun, nodeTypes, runNode} from '../run-node.js';

const labels = Uint8Array.of(0, 0, 1, 2, 1);
const probabilities = Float32Array.from(
  [
    [0.9, 0.1, 0], // right
    [0.25, 0.375, 0.375], // the first of equal ones counts: taken for 1
    [0.5, 0.125, 0.375], // taken for 0, worse
    [0.25, 0.5, 0.25],
    [0, 1, 0], // right
  ].flat(),
);
/** Two channels of 2×2, range −1..1: picture n is as bright as n. */
const images = Float32Array.from({length: 5 * 8}, (_, at) => -1 + Math.floor(at / 8) / 2);
const images4 = hostTensor('float32', [5, 2, 2, 2], images);
const types: Record<'data' | 'predictions', DatasetType> = {
  data: {kind: 'dataset', splits: {test: {images: {dtype: 'float32', shape: [5, 2, 2, 2], range: [-1, 1]}}}},
  predictions: {
    kind: 'dataset',
    splits: {
      test: {
        probabilities: {dtype: 'float32', shape: [5, 3]},
        labels: {dtype: 'uint8', shape: [5], classes: ['ant', 'bee', 'cat']},
      },
    },
  },
};
const params = {title: 'Worst', split: 'test', count: 2, columns: 8};
const run = (given: Record<string, unknown> = {}, of = probabilities): Promise<NodeRun> =>
  runNode(node, {
    params: {...params, ...given},
    inputs: {
      data: dataset({test: {images: images4}}),
      predictions: dataset({
        test: {probabilities: hostTensor('float32', [5, 3], of), labels: hostTensor('uint8', [5], labels)},
      }),
    },
    types,
  });

test('the worst come first, with the names of their classes; their pictures stand in the sprite', async () => {
  const figure = (await run()).outputs['figure'] as FigureValue;
  const {items, summary, sprite} = figure.interactive as Gallery;
  assert.equal(summary, '3 of 5 are mistakes; the 2 worst');
  assert.deepEqual(items, [
    {index: 2, label: 'bee', predicted: 'ant', probability: 0.5},
    {index: 1, label: 'ant', predicted: 'bee', probability: 0.375},
  ]);
  const {data, width, height} = PNG.sync.read(Buffer.from(sprite.png, 'base64'));
  assert.deepEqual([width, height, sprite.size], [32, 2, 2]);
  // ink on paper, in 16 shades 17 apart: pictures 2 and 1 are 1/2 and 1/4 of the range, then nothing
  assert.deepEqual([data[0], data[2 * 4], data[4 * 4]], [255 - 8 * 17, 255 - 4 * 17, 255]);
});

test('all mistakes when there is room, and no gallery without any', async () => {
  assert.equal(((await run({count: 48})).outputs['figure'] as FigureValue).alt.split(':')[0], '3 of 5 are mistakes');
  const right = Float32Array.from({length: 15}, (_, at) => (labels[Math.floor(at / 3)] === at % 3 ? 1 : 0));
  const {interactive, alt, png} = (await run({}, right)).outputs['figure'] as FigureValue;
  assert.equal(interactive, undefined);
  assert.match(alt, /^0 of 5 are mistakes:/);
  assert.ok(PNG.sync.read(Buffer.from(png)).width > 0);
});

test('what is missing is reported at its port', () => {
  const {issues} = nodeTypes(node, {params: {...params, split: 'exam'}, types});
  assert.deepEqual(
    issues.map(({path, message}) => [path, message]),
    [
      [['in', 'data'], 'Expected a split `exam` with `images`, got none'],
      [['in', 'predictions'], 'Expected a split `exam` with `probabilities` and `labels`, got none'],
    ],
  );
});
