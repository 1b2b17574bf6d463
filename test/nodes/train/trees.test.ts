import assert from 'node:assert/strict';
import {test} from 'node:test';
import {node as evaluate} from '#tfpipe/nodes/evaluate/classifier.js';
import type {DatasetType, ModelType, ModelValue, TableValue} from '#tfpipe/nodes/ports.js';
import {node as boosting} from '#tfpipe/nodes/train/boosting.js';
import {node as forest} from '#tfpipe/nodes/train/forest.js';
import {classes, examples, features} from '../../models/trees/reference.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const split = (seed: number) => {
  const {examples: images, labels} = examples(seed);
  return {images, labels};
};
const type = (range?: readonly [number, number]): DatasetType => {
  const labels = {dtype: 'uint8', shape: [600], ...(range && {range})} as const;
  const each = {images: {dtype: 'float32', shape: [600, features], range: [0, 1]}, labels} as const;
  return {kind: 'dataset', splits: {train: each, validation: each, test: each}};
};
const data = dataset({train: split(3), validation: split(7), test: split(5)});
const sorts = {
  forest: {node: forest, params: {trees: 20, featuresPerSplit: 'sqrt', leafExamples: 1, bootstrap: true}},
  boosting: {node: boosting, params: {rounds: 10, rate: 0.1, leaves: 8, leafExamples: 10, features: 1, l2: 0}},
};

for (const [name, {node, params}] of Object.entries(sorts)) {
  test(`${name}: what it trains is graded by evaluate/classifier, as networks are`, async () => {
    const types = nodeTypes(node, {params, types: {data: type([0, 2])}});
    assert.deepEqual(types.issues, []);
    const model = types.types['model'] as ModelType;
    assert.equal(model.of, 'trees');
    assert.deepEqual(model.output.shape, ['batch', classes]);
    const {outputs, metrics} = await runNode(node, {params, inputs: {data}, types: {data: type([0, 2])}});
    const graded = await runNode(evaluate, {
      params: {split: 'test', bins: 15},
      inputs: {data, model: outputs['model'] as ModelValue},
      types: {data: type([0, 2]), model},
    });
    const {accuracy, logLoss} = (graded.metrics[0]?.values ?? {}) as {accuracy: number; logLoss: number};
    assert.ok(accuracy > 0.8, `accuracy ${accuracy}`);
    assert.ok(logLoss < 0.75, `log loss ${logLoss}`);
    const history = (outputs['history'] as TableValue).columns['validation/accuracy'];
    assert.equal(history?.length, name === 'forest' ? 2 : 10);
    assert.ok((metrics.at(-1)?.values['parameters'] as number) > 100);
  });

  for (const [what, given, message] of [
    ['a data set without labels', {kind: 'dataset', splits: {train: {}}}, /a split `train` with `images` or `features`, and/],
    ['labels of unknown range', type(), /labels of 2 to 256 classes, got labels of unknown range$/],
    ['a single class', type([0, 0]), /labels of 2 to 256 classes, got 1$/],
  ] as const)
    test(`${name}: ${what} is reported`, () => {
      const {issues} = nodeTypes(node, {params, types: {data: given as DatasetType}});
      assert.equal(issues.length, 1);
      assert.deepEqual(issues[0]?.path, ['in', 'data']);
      assert.match(issues[0]?.message ?? '', message);
    });
}
