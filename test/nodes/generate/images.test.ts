import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {DatasetValue, ModelType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/generate/images.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, modelType, vector} from '../models.js';
import {nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

// noise as it is: the images show what was drawn
const identity = model([2], [{dense: 2}, {reshape: [1, 2, 1]}], {
  '0.kernel': matrix([
    [1, 0],
    [0, 1],
  ]),
  '0.bias': vector([0, 0]),
});
const trainedOn = (range?: readonly [number, number]): ModelType => {
  const {inputs, ...type} = modelType([2], [1, 2, 1]);
  return {...type, inputs: {input: {...inputs['input'], dtype: 'float32', shape: ['batch', 2], ...(range && {range})}}};
};
const given = {deviation: 1, categories: 0};
const draw = async (distribution: string, seed: number, changes = {}): Promise<readonly number[]> => {
  const {outputs} = await runNode(node, {
    params: {count: 5000, distribution, ...given, ...changes},
    inputs: {generator: identity},
    types: {generator: trainedOn(distribution === 'uniform' ? [-1, 1] : undefined)},
    seed,
  });
  const {images} = await (outputs['images'] as DatasetValue).split('generated');
  assert.deepEqual(images?.shape, [5000, 1, 2, 1]);
  return [...(images?.data ?? [])];
};
const deviation = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

test('noise is uniform in −1..1 or standard normal; the seed decides it', async () => {
  const uniform = await draw('uniform', 1);
  assert.ok(uniform.every((value) => Math.abs(value) <= 1));
  assert.ok(Math.abs(deviation(uniform) - 1 / Math.sqrt(3)) < 0.02);
  assert.ok(Math.abs(deviation(await draw('normal', 1)) - 1) < 0.03);
  assert.deepEqual(await draw('uniform', 1), uniform);
  assert.notDeepEqual(await draw('uniform', 2), uniform);
});

test('noise that the generator was not trained with is reported', () => {
  const issues = (distribution: string, range?: readonly [number, number]) =>
    nodeTypes(node, {params: {count: 3, distribution, ...given}, types: {generator: trainedOn(range)}}).issues.map(
      ({message}) => message,
    );
  assert.deepEqual(issues('uniform', [-1, 1]), []);
  assert.deepEqual(issues('normal'), []);
  assert.deepEqual(issues('normal', [-1, 1]), [
    'Expected `distribution: uniform`, with which the generator was trained, got `normal`',
  ]);
});

test('normal noise has the deviation asked for; categories at its end are one-hot and even', async () => {
  assert.ok(Math.abs(deviation(await draw('normal', 1, {deviation: 5})) - 5) < 0.15);
  const drawn = await draw('normal', 1, {categories: 2});
  let first = 0;
  for (let at = 0; at < drawn.length; at += 2) {
    assert.deepEqual([...drawn.slice(at, at + 2)].sort(), [0, 1]);
    first += drawn[at] ?? 0;
  }
  // of 5,000 draws: four standard deviations
  assert.ok(Math.abs(first - 2500) < 4 * Math.sqrt(1250));
});

test('more categories than the generator takes values are reported', () => {
  const {issues} = nodeTypes(node, {
    params: {count: 3, distribution: 'normal', ...given, categories: 3},
    types: {generator: trainedOn()},
  });
  assert.deepEqual(
    issues.map(({message}) => message),
    ['Expected `categories` to be at most the 2 values that the generator takes, got 3'],
  );
});
