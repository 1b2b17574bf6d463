import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, TableValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/evaluate/generator.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {matrix, model, modelType, vector} from '../models.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

// features: the two pixels; classes: the brighter one, with logits ±3
const classifier = model([1, 2, 1], ['flatten', {dense: 2}], {
  '1.kernel': matrix([
    [3, -3],
    [-3, 3],
  ]),
  '1.bias': vector([0, 0]),
});
const images = (pairs: readonly (readonly [number, number])[]) =>
  hostTensor('float32', [pairs.length, 1, 2, 1], Float32Array.from(pairs.flat()));
const real = images(Array.from({length: 40}, (_, index) => (index % 2 === 0 ? [1, index / 40] : [index / 40, 1])));

async function scores(generated: ReturnType<typeof images>): Promise<Readonly<Record<string, number>>> {
  const {outputs, metrics} = await runNode(node, {
    params: {split: 'test', neighbours: 3},
    inputs: {generated: dataset({generated: {images: generated}}), data: dataset({test: {images: real}}), classifier},
  });
  const {metric, value} = (outputs['scores'] as TableValue).columns;
  const table = Object.fromEntries((metric ?? []).map((name, index) => [String(name), Number(value?.[index])]));
  assert.equal(metrics[0]?.values['frechetDistance'], table['frechetDistance']);
  return table;
}

test('images that are the real ones score best', async () => {
  const same = await scores(real);
  assert.ok(Math.abs(same['frechetDistance'] ?? 1) < 1e-12);
  assert.deepEqual([same['precision'], same['recall']], [1, 1]);
  assert.ok(Math.abs((same['share of 0'] ?? 0) - 0.5) < 1e-12 && Math.abs((same['smallestShare'] ?? 0) - 0.5) < 1e-12);
});

test('a generator that makes one image only: one class, no coverage; entropy and confidence are those of its softmax', async () => {
  const one = await scores(images(Array.from({length: 20}, () => [1, 0])));
  // logits 3 and −3
  const sure = 1 / (1 + Math.exp(-6));
  assert.deepEqual(
    [one['share of 0'], one['share of 1'], one['smallestShare']].map((share) => Math.round((share ?? 9) * 1e9) / 1e9),
    [1, 0, 0],
  );
  assert.ok(Math.abs((one['meanConfidence'] ?? 0) - sure) < 1e-6);
  assert.ok(Math.abs((one['meanEntropy'] ?? 0) + sure * Math.log(sure) + (1 - sure) * Math.log(1 - sure)) < 1e-6);
  assert.ok((one['recall'] ?? 1) < 0.1);
  // means (1, 0) and those of the real pixels; the generated covariance is zero
  const mean = (place: number): number => real.data.reduce((sum, value, at) => sum + (at % 2 === place ? value / 40 : 0), 0);
  const variance = (place: number): number =>
    real.data.reduce((sum, value, at) => sum + (at % 2 === place ? (value - mean(place)) ** 2 / 39 : 0), 0);
  const expected = (mean(0) - 1) ** 2 + mean(1) ** 2 + variance(0) + variance(1);
  assert.ok(Math.abs((one['frechetDistance'] ?? 0) - expected) < 1e-6, `${one['frechetDistance']}, wanted ${expected}`);
});

test('images of another size or range than the classifier’s are reported', () => {
  const type = (size: number, split: string): DatasetType => ({
    kind: 'dataset',
    splits: {[split]: {images: {dtype: 'float32', shape: [10, 1, size, 1], range: [0, 1]}}},
  });
  const types = {generated: type(2, 'generated'), data: type(3, 'test'), classifier: modelType([1, 2, 1], [2])};
  const {issues} = nodeTypes(node, {params: {split: 'test', neighbours: 3}, types});
  assert.match(issues[0]?.message ?? '', /shape of the generated images to be \[1, 3, 1\], as of `images`, got \[1, 2, 1\]/);
});
