import {Type} from '@sinclair/typebox';
import type {PackedTensor} from '../core/host-tensor.js';
import type {TypeIssue} from '../core/node.js';
import type {DatasetType, DatasetValue, ModelType} from '../core/ports.js';
import {packedSplit} from '../core/splits.js';
import type {TreeEnsemble} from '../numerics/trees/ensemble.js';
import type {LabelledExamples} from '../numerics/trees/figures.js';
import {examplesName} from './examples.js';

/** Labels are bytes. */
const classesAtMost = 256;

export const leafExamplesParam = (fallback: number) =>
  Type.Integer({minimum: 1, maximum: 1_000_000, default: fallback, description: 'Fewest examples of a leaf.'});

/** The ensemble that a data set asks for, or what does not fit. */
export function treeEnsembleOf(data: DatasetType, leaves: TreeEnsemble['trees']['leaves']): TreeEnsemble | TypeIssue {
  const train = data.splits['train'];
  const [examples, labels] = [train?.[examplesName(train)], train?.['labels']];
  const path = ['in', 'data'];
  if (!examples || !labels)
    return {path, message: 'Expected the data set to have a split `train` with `images` or `features`, and `labels`, got none'};
  const classes = labels.range ? labels.range[1] + 1 : undefined;
  if (classes === undefined || classes < 2 || classes > classesAtMost)
    return {path, message: `Expected labels of 2 to ${classesAtMost} classes, got ${classes ?? 'labels of unknown range'}`};
  const input = examples.shape.slice(1);
  if (input.some((size) => typeof size !== 'number'))
    return {path, message: `Expected examples of a known shape, got [${examples.shape.join(', ')}]`};
  return {input: input as number[], trees: {classes, leaves}};
}

/** The type of an ensemble as an output port; how many numbers it has is known when it is grown. */
export function treeModelType({input, trees: {classes}}: TreeEnsemble, data: DatasetType): ModelType {
  const train = data.splits['train'];
  const range = train?.[examplesName(train)]?.range;
  return {
    kind: 'model',
    of: 'trees',
    inputs: {input: {dtype: 'float32', shape: ['batch', ...input], ...(range && {range})}},
    output: {dtype: 'float32', shape: ['batch', classes]},
  };
}

/** A split's examples and labels; `undefined` when there is no such split. */
export async function readExamples(data: DatasetValue, split: string): Promise<LabelledExamples | undefined> {
  if (!data.splitNames.includes(split)) return undefined;
  const tensors = await packedSplit(data, split);
  return {examples: tensors[examplesName(tensors)] as PackedTensor, labels: tensors['labels'] as PackedTensor};
}
