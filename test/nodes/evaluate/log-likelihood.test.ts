import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {PortType, TableValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/evaluate/log-likelihood.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const images = (...values: number[]) => ({
  images: hostTensor('float32', [values.length, 1, 1, 1], Float32Array.from(values)),
});
const type = (split: string, height = 1): PortType => ({
  kind: 'dataset',
  splits: {[split]: {images: {dtype: 'float32', shape: [2, height, 1, 1], range: [0, 1]}}},
});
const params = {split: 'test', chosenOn: 'validation', choosingExamples: 2, deviations: [0.1, 0.5, 2]};

test('the deviation is chosen on other examples than are scored, worked out by hand', async () => {
  const {outputs, metrics} = await runNode(node, {
    params,
    // the third example of validation, for which 2 would be best, is not looked at
    inputs: {
      generated: dataset({generated: images(0, 1)}),
      data: dataset({validation: images(0.5, 0.5, 9), test: images(0, 0.5)}),
    },
  });
  const density = (x: number, deviation: number): number =>
    Math.log(
      [0, 1].reduce((sum, sample) => sum + Math.exp(-((x - sample) ** 2) / (2 * deviation ** 2)), 0) /
        (2 * deviation * Math.sqrt(2 * Math.PI)),
    );
  const [first, second] = [density(0, 0.5), density(0.5, 0.5)];
  const wanted = {
    logLikelihood: (first + second) / 2,
    standardError: Math.abs(first - second) / 2,
    windowDeviation: 0.5,
  };
  for (const [name, value] of Object.entries(wanted))
    assert.ok(Math.abs((metrics[0]?.values[name] ?? Number.NaN) - value) < 1e-6, `${name}: ${metrics[0]?.values[name]}`);
  const choice = (outputs['choice'] as TableValue).columns;
  assert.deepEqual(choice['deviation'], params.deviations);
  for (const [index, deviation] of params.deviations.entries())
    assert.ok(Math.abs(Number(choice['logLikelihood']?.[index]) - density(0.5, deviation)) < 1e-5);
});

test('what is missing, and images of another shape, are reported', () => {
  const data: PortType = {
    kind: 'dataset',
    splits: Object.fromEntries(
      ['test', 'validation'].map((name) => [name, {images: {dtype: 'float32', shape: [2, 1, 1, 1], range: [0, 1]}}]),
    ),
  };
  const messages = (types: Readonly<Record<string, PortType>>) =>
    nodeTypes(node, {params, types: {data, generated: type('generated'), ...types}}).issues.map(({message}) => message);
  assert.deepEqual(messages({}), []);
  assert.deepEqual(messages({generated: type('made')}), [
    'Expected a split `generated` with `images`, as of `generate/images`, got none',
  ]);
  assert.deepEqual(messages({data: type('test')}), ['Expected the data to have a split `validation` with `images`, got test']);
  assert.equal(messages({generated: type('generated', 2)}).length, 2);
});
