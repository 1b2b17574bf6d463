import {Type} from '@sinclair/typebox';
import type {Report} from '../core/node.js';
import type {DatasetType, ModelType} from '../core/ports.js';
import type {TreeEnsemble} from '../numerics/trees/ensemble.js';
import {labelledType} from './training-data.js';

/** Labels are bytes. */
const classesAtMost = 256;

export const leafExamplesParam = (fallback: number) =>
  Type.Integer({minimum: 1, maximum: 1_000_000, default: fallback, description: 'Fewest examples of a leaf.'});

interface TreeModel {
  readonly ensemble: TreeEnsemble;
  /** Tensors of a split that trees are grown from. */
  readonly tensors: {readonly examples: 'features' | 'images'; readonly labels: 'labels'};
  /** Without `parameters`, which are known when the trees are grown. */
  readonly type: ModelType;
}

/** The ensemble for a data set; reports and gives `undefined` when trees cannot learn from it. */
export function treeModel(data: DatasetType, leaves: TreeEnsemble['trees']['leaves'], report: Report): TreeModel | undefined {
  const found = labelledType(data, report);
  if (!found) return undefined;
  const {name, examples, labels} = found;
  const path = ['in', 'data'];
  const classes = labels.range ? labels.range[1] + 1 : undefined;
  const input = examples.shape.slice(1).filter((size) => typeof size === 'number');
  if (classes === undefined || classes < 2 || classes > classesAtMost)
    report({path, message: `Expected labels of 2 to ${classesAtMost} classes, got ${classes ?? 'labels of unknown range'}`});
  else if (input.length < examples.shape.length - 1)
    report({path, message: `Expected examples of a known shape, got [${examples.shape.join(', ')}]`});
  else {
    const {range} = examples;
    return {
      ensemble: {input, trees: {classes, leaves}},
      tensors: {examples: name, labels: 'labels'},
      type: {
        kind: 'model',
        of: 'trees',
        inputs: {input: {dtype: 'float32', shape: ['batch', ...input], ...(range && {range})}},
        output: {dtype: 'float32', shape: ['batch', classes]},
      },
    };
  }
  return undefined;
}
