/** What holds of every node that trains trees. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {DatasetType, ModelType, ModelValue, TableValue} from '#tfpipe/core/ports.js';
import {node as evaluate} from '#tfpipe/nodes/evaluate/classifier.js';
import {classes, examples, features} from '../../numerics/trees/reference.js';
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

/** `looks`: how often it looks at the validation split with these params. */
export function trainsTrees(node: Parameters<typeof runNode>[0], params: Readonly<Record<string, unknown>>, looks: number): void {
  test(`what it trains is graded by evaluate/classifier, as networks are`, async () => {
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
    assert.equal(history?.length, looks);
    assert.ok((metrics.at(-1)?.values['parameters'] as number) > 100);
  });

  for (const [what, given, message] of [
    ['a data set without labels', {kind: 'dataset', splits: {train: {}}}, /a split `train` with `images` or `features`, and/],
    ['labels of unknown range', type(), /labels of 2 to 256 classes, got labels of unknown range$/],
    ['a single class', type([0, 0]), /labels of 2 to 256 classes, got 1$/],
  ] as const)
    test(`${what} is reported`, () => {
      const {issues} = nodeTypes(node, {params, types: {data: given as DatasetType}});
      assert.equal(issues.length, 1);
      assert.deepEqual(issues[0]?.path, ['in', 'data']);
      assert.match(issues[0]?.message ?? '', message);
    });
}
