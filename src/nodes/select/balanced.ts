import {Type} from '@sinclair/typebox';
import {permutation} from '../../core/counter-random.js';
import {takeRows} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import type {PackedSplit, TensorType} from '../../core/ports.js';
import {packedDataset, packedSplit} from '../../core/splits.js';
import {countClasses} from '../classes.js';
import {tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    perClass: Type.Integer({minimum: 1, default: 10, description: 'Examples of each class.', 'x-smoke': 2}),
    split: Type.String({default: 'train', description: 'The split that is drawn from; the others stay as they are.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'select/balanced',
  summary: 'A few examples of each class, drawn at random: the labels of a semi-supervised training.',
  example: `few:
  use: select/balanced
  in: scaled
  with: {perClass: 10}`,
  params,
  inputs: {data: {kind: 'dataset', description: 'A split with `labels`.'}},
  usesTensors: false,
  drawsRandom: true,
  prepare: ({perClass, split}, {data}, report) => {
    const tensors = data.splits[split] ?? {};
    const {labels} = tensors;
    const classes = countClasses(labels);
    if (!labels || classes === undefined) {
      report({
        path: ['with', 'split'],
        message: `Expected the split \`${split}\` to have \`labels\` with a known range, got ${Object.keys(tensors).join(', ') || 'no such split'}`,
      });
      return undefined;
    }
    const [examples] = labels.shape;
    if (typeof examples === 'number' && perClass * classes > examples)
      report({
        path: ['with', 'perClass'],
        message: `Expected \`perClass\` to be at most ${Math.floor(examples / classes)}, since \`${split}\` has ${examples} examples, got ${perClass}`,
      });
    const drawn = Object.entries(tensors).map(([name, type]): [string, TensorType] => [
      name,
      {...type, shape: [perClass * classes, ...type.shape.slice(1)]},
    ]);
    return {perClass, split, classes, splits: {...data.splits, [split]: Object.fromEntries(drawn)}};
  },
  outputs: ({splits}) => ({data: {kind: 'dataset', splits}, rows: {kind: 'table', columns: ['row', 'class']}}),
  run: async ({prepared: {perClass, split, classes}, inputs: {data}, context: {seed}}) => {
    const given = await packedSplit(data, split);
    const labels = tensorOf(given, 'labels').data;
    const rows = drawBalanced(labels, classes, perClass, seed);
    const splits: Record<string, PackedSplit> = {};
    for (const name of data.splitNames) splits[name] = name === split ? {} : await packedSplit(data, name);
    splits[split] = Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, takeRows(tensor, rows)]));
    return {
      data: packedDataset(splits),
      rows: {kind: 'table', columns: {row: rows, class: rows.map((row) => labels[row] ?? 0)}},
    };
  },
});

/** Rows of `perClass` examples of each class in ascending order; throws when a class has fewer. */
function drawBalanced(labels: ArrayLike<number>, classes: number, perClass: number, seed: number): number[] {
  const left = new Array<number>(classes).fill(perClass);
  const rows = Array.from(permutation(labels.length, seed, 0)).filter((row) => {
    const label = labels[row] ?? 0;
    const wanted = left[label] ?? 0;
    if (wanted > 0) left[label] = wanted - 1;
    return wanted > 0;
  });
  const short = left.findIndex((missing) => missing > 0);
  if (short !== -1)
    throw new Error(`Expected at least ${perClass} examples of class ${short}, got ${perClass - (left[short] ?? 0)}`);
  return rows.sort((first, second) => first - second);
}
