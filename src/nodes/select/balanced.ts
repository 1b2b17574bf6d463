import {Type} from '@sinclair/typebox';
import {permutation} from '../../core/counter-random.js';
import {type PackedTensor, takeRows} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import type {DatasetType, PackedSplit, SplitType} from '../../core/ports.js';
import {packedDataset, packedSplit} from '../../core/splits.js';

const params = Type.Object(
  {
    perClass: Type.Integer({minimum: 1, default: 10, description: 'Examples of each class.', 'x-smoke': 2}),
    split: Type.String({default: 'train', description: 'The split that is drawn from; the others stay as they are.'}),
  },
  {additionalProperties: false},
);

const classesOf = (data: DatasetType, split: string): number | undefined => {
  const range = data.splits[split]?.['labels']?.range;
  return range && range[1] + 1;
};

export const node = defineNodeOld({
  type: 'select/balanced',
  summary: 'A few examples of each class, drawn by the seed: the labels that a semi-supervised training is told.',
  example: `few:
  use: select/balanced
  in: scaled
  with: {perClass: 10}`,
  params,
  inputs: {data: {kind: 'dataset', description: 'A split with `labels`.'}},
  usesTensors: false,
  outputs: ({params: {perClass, split}, inputs: {data}, report}) => {
    const classes = classesOf(data, split);
    const given: SplitType = data.splits[split] ?? {};
    if (classes === undefined)
      report({
        path: ['with', 'split'],
        message: `Expected the split \`${split}\` to have \`labels\` with a known range, got ${Object.keys(given).join(', ') || 'no such split'}`,
      });
    const count = perClass * (classes ?? 0);
    const examples = given['labels']?.shape[0];
    if (typeof examples === 'number' && count > examples)
      report({
        path: ['with', 'perClass'],
        message: `Expected \`perClass\` to be at most ${Math.floor(examples / (classes ?? 1))}, since \`${split}\` has ${examples} examples, got ${perClass}`,
      });
    const drawn = Object.entries(given).map(([name, type]) => [name, {...type, shape: [count, ...type.shape.slice(1)]}] as const);
    return {
      data: {kind: 'dataset', splits: {...data.splits, [split]: Object.fromEntries(drawn)}},
      rows: {kind: 'table', columns: ['row', 'class']},
    };
  },
  run: async ({params: {perClass, split}, inputs, inputTypes, seed}) => {
    const given = await packedSplit(inputs.data, split);
    const labels = (given['labels'] as PackedTensor).data;
    const rows = drawBalanced(labels, classesOf(inputTypes.data, split) ?? 0, perClass, seed);
    const splits = new Map<string, PackedSplit>();
    for (const name of inputs.data.splitNames) splits.set(name, name === split ? {} : await packedSplit(inputs.data, name));
    splits.set(split, Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, takeRows(tensor, rows)])));
    return {
      data: packedDataset(Object.fromEntries(splits)),
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
