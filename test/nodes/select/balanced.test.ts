import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, DatasetValue, TableValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/select/balanced.js';
import {dataset, nodeTypes, runNode} from '../run-node.js';

const examples = 60;
// class 0 in one row of two, 1 and 2 in one of four; an image is its row's number
const labels = Uint8Array.from({length: examples}, (_, row) => [0, 1, 0, 2][row % 4] ?? 0);
const split = {
  images: hostTensor(
    'float32',
    [examples, 1, 2, 1],
    Float32Array.from({length: 2 * examples}, (_, at) => Math.floor(at / 2)),
  ),
  labels: hostTensor('uint8', [examples], labels),
};
const type: DatasetType = {
  kind: 'dataset',
  splits: Object.fromEntries(
    ['train', 'test'].map((name) => [
      name,
      {images: {dtype: 'float32', shape: [examples, 1, 2, 1]}, labels: {dtype: 'uint8', shape: [examples], range: [0, 2]}},
    ]),
  ),
};
const select = async (perClass: number, seed: number) => {
  const {outputs} = await runNode(node, {
    params: {perClass, split: 'train'},
    inputs: {data: dataset({train: split, test: split})},
    types: {data: type},
    seed,
  });
  return {rows: (outputs['rows'] as TableValue).columns, data: outputs['data'] as DatasetValue};
};

test('as many of each class, each once, in the order of the table; other splits stay', async () => {
  const {rows, data} = await select(15, 1);
  const chosen = rows['row'] as number[];
  assert.equal(new Set(chosen).size, 45);
  assert.deepEqual(
    chosen,
    chosen.toSorted((first, second) => first - second),
  );
  for (const label of [0, 1, 2]) assert.equal(rows['class']?.filter((each) => each === label).length, 15);
  const train = await data.split('train');
  assert.deepEqual([...(train['labels']?.data ?? [])], rows['class']);
  assert.deepEqual(
    [...(train['images']?.data ?? [])],
    chosen.flatMap((row) => [row, row]),
  );
  assert.deepEqual(train['images']?.shape, [45, 1, 2, 1]);
  assert.deepEqual(await data.split('test'), split);
});

test('the seed decides which', async () => {
  const chosen = async (seed: number) => (await select(5, seed)).rows['row'];
  assert.deepEqual(await chosen(1), await chosen(1));
  assert.notDeepEqual(await chosen(1), await chosen(2));
});

test('the type has so many examples; too many, no labels and a class with fewer are told', async () => {
  const {types} = nodeTypes(node, {params: {perClass: 4, split: 'train'}, types: {data: type}});
  assert.deepEqual((types['data'] as DatasetType).splits['train']?.['images']?.shape, [12, 1, 2, 1]);
  assert.deepEqual((types['data'] as DatasetType).splits['test'], type.splits['test']);
  const messages = (params: object) =>
    nodeTypes(node, {params: {perClass: 4, split: 'train', ...params}, types: {data: type}}).issues.map(({message}) => message);
  assert.deepEqual(messages({perClass: 21}), ['Expected `perClass` to be at most 20, since `train` has 60 examples, got 21']);
  assert.deepEqual(messages({split: 'nowhere'}), [
    'Expected the split `nowhere` to have `labels` with a known range, got no such split',
  ]);
  await assert.rejects(select(16, 1), /Expected at least 16 examples of class 1, got 15/);
});
