import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, DatasetValue, ModelType, TableValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/evaluate/classifier.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {uniform} from '../../numerics/metrics/reference.js';
import {matrix, model, modelType, vector} from '../models.js';
import {dataset, type NodeRun, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

type Figures = Record<'precision' | 'recall' | 'f1' | 'support', number[]>;
type Scores = Record<'accuracy' | 'macroPrecision' | 'macroRecall' | 'macroF1' | 'logLoss' | 'calibrationError', number>;
const expected = JSON.parse(readFileSync('test/reference/classifier_sklearn.json', 'utf8')) as Figures &
  Scores & {confusion: number[][]};

// the arrays of test/reference/classifier_sklearn.py
const [examples, classes] = [400, 5];
const labels = Uint8Array.from(uniform(examples, 7), (value) => Math.floor(value * 4));
const scores = Float32Array.from(uniform(examples * classes, 8), (value) => Math.fround(8 * value));
for (const [example, label] of labels.entries()) {
  const at = example * classes;
  scores[at + label] = Math.fround((scores[at + label] as number) + 4);
  scores[at + 3] = Math.fround((scores[at + 3] as number) - 20);
}
const identity = model([classes], [{dense: classes}], {
  '0.kernel': matrix(Array.from({length: classes}, (_, row) => Array.from({length: classes}, (_, at) => (at === row ? 1 : 0)))),
  '0.bias': vector(new Array<number>(classes).fill(0)),
});
const split = {images: hostTensor('float32', [examples, classes], scores), labels: hostTensor('uint8', [examples], labels)};
const named = (names?: readonly string[]): DatasetType => ({
  kind: 'dataset',
  splits: {
    test: {
      images: {dtype: 'float32', shape: [examples, classes]},
      labels: {dtype: 'uint8', shape: [examples], range: [0, 3], ...(names && {classes: names})},
    },
  },
});
const evaluate = (names?: readonly string[]): Promise<NodeRun> =>
  runNode(node, {
    params: {split: 'test', bins: 15},
    inputs: {data: dataset({test: split}), model: identity},
    types: {data: named(names), model: modelType([classes], [classes])},
  });
const close = (found: number, wanted: number, what: string): void =>
  assert.ok(Math.abs(found - wanted) < 1e-6, `${what}: expected ${wanted}, got ${found}`);

test('figures equal scikit-learn’s, also of a class that no example has and one that none is taken for', async () => {
  const {outputs, metrics} = await evaluate();
  const {metric = [], value = []} = (outputs['scores'] as TableValue).columns;
  assert.deepEqual(metrics, [{step: 0, values: Object.fromEntries(metric.map((name, index) => [name, value[index]]))}]);
  for (const [index, name] of metric.entries()) close(Number(value[index]), expected[name as keyof Scores], String(name));
  assert.equal(metric.length, 6);
  const figures = (outputs['classes'] as TableValue).columns;
  for (const name of ['precision', 'recall', 'f1', 'support'] as const)
    for (const [index, wanted] of expected[name].entries())
      close(Number(figures[name]?.[index]), wanted, `${name} of class ${index}`);
});

test('the confusion matrix has a row an actual and a column a predicted class, by name', async () => {
  const names = ['ant', 'bee', 'cat', 'dog', 'eel'];
  const {actual, ...columns} = ((await evaluate(names)).outputs['confusion'] as TableValue).columns;
  assert.deepEqual(actual, names);
  assert.deepEqual(
    names.map((_, row) => names.map((name) => columns[name]?.[row])),
    expected.confusion,
  );
  const {types} = nodeTypes(node, {
    params: {split: 'test', bins: 15},
    types: {data: named(names), model: modelType([classes], [classes])},
  });
  assert.deepEqual(types['confusion'], {kind: 'table', columns: ['actual', ...names]});
});

test('predictions are probabilities with the labels beside them', async () => {
  const {probabilities, labels: kept} = await ((await evaluate()).outputs['predictions'] as DatasetValue).split('test');
  assert.deepEqual(kept, split.labels);
  const total = [...(probabilities?.data ?? [])].slice(0, classes).reduce((sum, value) => sum + value, 0);
  close(total, 1, 'sum of the first example’s probabilities');
});

for (const [what, change, path, message] of [
  [
    'a split that is not there',
    {split: 'exam'},
    ['with', 'split'],
    /a split `exam` with `images` or `features`, and `labels`, got test$/,
  ],
  ['a label beyond the classes', {outputs: 3}, ['in', 'data'], /labels of the 3 classes .*, got labels up to 3$/],
  ['a model that ends in probabilities', {range: [0, 1]}, ['in', 'model'], /ends in scores, before any softmax, got .* 0\.\.1$/],
] as const)
  test(`${what} is reported`, () => {
    const {
      split: name = 'test',
      outputs = classes,
      range,
    } = change as {split?: string; outputs?: number; range?: [number, number]};
    const type = modelType([classes], [outputs]);
    const given: ModelType = {...type, output: {...type.output, ...(range && {range})}};
    const {issues} = nodeTypes(node, {params: {split: name, bins: 15}, types: {data: named(), model: given}});
    assert.deepEqual(issues[0]?.path, path);
    assert.match(issues[0]?.message ?? '', message);
  });
