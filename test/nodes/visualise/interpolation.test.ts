import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {FigureValue, PortType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/interpolation.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {greyCounts, matrix, model, modelType, pngSize, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const generator = model([1], [{dense: 16}, {reshape: [4, 4, 1]}, 'sigmoid'], {
  '0.kernel': matrix([new Array<number>(16).fill(1)]),
  '0.bias': vector(new Array<number>(16).fill(0)),
});

test('a row a pair; the seed decides the pairs', async () => {
  const walk = async (seed: number): Promise<Uint8Array> => {
    const types = {generator: modelType([1], [4, 4, 1])};
    const {outputs} = await runNode(node, {params: {rows: 3, steps: 5}, inputs: {generator}, types, seed});
    return (outputs['figure'] as FigureValue).png;
  };
  const first = await walk(1);
  const [width, height] = pngSize(first);
  assert.ok(width > height, `${width}×${height}`);
  assert.deepEqual(await walk(1), first);
  assert.notDeepEqual(await walk(2), first);
});

test('a model that gives no images is reported', () => {
  const {issues} = nodeTypes(node, {params: {rows: 3, steps: 5}, types: {generator: modelType([1], [10])}});
  assert.match(issues[0]?.message ?? '', /generator of images \[height, width, 1\], got one of \[10\]/);
});

test('between codes it goes in equal steps, from the first of a pair to the second', async () => {
  const straight = model([1], [{dense: 16}, {reshape: [4, 4, 1]}], generator.weights);
  const codes = matrix([[0], [1], [1], [0.5]]);
  const type: PortType = {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [4, 1]}}}};
  const types = {generator: modelType([1], [4, 4, 1]), codes: type};
  const params = {rows: 2, steps: 5, split: 'test'};
  const inputs = {generator: straight, codes: dataset({test: {codes}}, 'embedding')};
  const figure = (await runNode(node, {params, inputs, types})).outputs['figure'] as FigureValue;
  const counts = greyCounts(figure.png);
  // 0, ¼, ½, ¾, 1 and 1, ⅞, ¾, ⅝, ½ as ink on paper, each in 4×4 pixels of 2×2 units
  for (const ink of [0, 0.25, 0.5, 0.75, 1, 0.875, 0.625]) {
    const grey = 255 * (1 - ink);
    assert.ok((counts.get(Math.floor(grey)) ?? 0) + (counts.get(Math.ceil(grey)) ?? 0) >= 64, String(ink));
  }
  const messages = (changed: object, given: PortType = type) =>
    nodeTypes(node, {params: {...params, ...changed}, types: {...types, codes: given}}).issues.map(({message}) => message);
  assert.deepEqual(messages({}), []);
  assert.deepEqual(messages({rows: 3}), ['Expected a split `test` with 6 codes, two a row, got 4']);
  const wide: PortType = {kind: 'embedding', splits: {test: {codes: {dtype: 'float32', shape: [4, 2]}}}};
  assert.deepEqual(messages({}, wide), ['Expected the dimension `code` of what `generator` takes to be 2, as of `codes`, got 1']);
});
