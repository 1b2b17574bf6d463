import {Type} from '@sinclair/typebox';
import {historyColumns} from '../../core/epoch-history.js';
import {defineNode} from '../../core/node.js';
import {boost} from '../../numerics/trees/boosting.js';
import {joinTrees} from '../../numerics/trees/ensemble.js';
import {sizesOf} from '../../numerics/trees/tree.js';
import {tensorsOf, validationTensors} from '../training-data.js';
import {leafExamplesParam, treeModel} from '../tree-model.js';

const params = Type.Object(
  {
    rounds: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 100,
      description: 'Rounds; each grows a tree a class.',
      'x-extends': true,
    }),
    rate: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.1,
      description: 'Factor on the values of a tree.',
    }),
    leaves: Type.Integer({minimum: 2, maximum: 10_000, default: 31, description: 'Leaves of a tree at most.'}),
    leafExamples: leafExamplesParam(20),
    features: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: 'Share of the features that a tree may split by, drawn anew for each; takes that share of the time.',
    }),
    l2: Type.Number({minimum: 0, default: 0, description: 'Penalty on the values of the leaves.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'train/boosting',
  summary: 'Gradient-boosted trees: each round adds a tree a class that lowers the cross-entropy of those before it.',
  source: 'Friedman: Greedy Function Approximation, 2001; grown leaf by leaf on histograms as by Ke et al.: LightGBM, 2017',
  example: `boosted:
  use: train/boosting
  in: clothes
  with: {rounds: 100, rate: 0.1, features: 0.2}`,
  params,
  inputs: {
    data: {
      kind: 'dataset',
      description:
        'Splits `train` and, to look at in between, `validation`, with `labels` and `images`, or `features` made of them.',
    },
  },
  usesTensors: false,
  drawsRandom: true,
  metrics: ['parameters', 'nodes', 'loss', 'validation/loss', 'validation/accuracy'],
  prepare: (given, {data}, report) => {
    const model = treeModel(data, 'scores', report);
    return model && {params: given, model};
  },
  outputs: ({model: {type}}) => ({model: type, history: {kind: 'table', columns: ['epoch', 'loss']}}),
  run: async ({prepared, inputs, context}) => {
    const {
      params: given,
      model: {ensemble, tensors},
    } = prepared;
    const train = await tensorsOf(inputs.data, 'train', tensors);
    const validation = await validationTensors(inputs.data, tensors);
    const {trees, history, base} = await boost(ensemble, given, train, validation, context);
    context.report.metrics(history.length, sizesOf(trees));
    return {
      model: {kind: 'model', architecture: ensemble, weights: joinTrees(trees, base)},
      history: {kind: 'table', columns: historyColumns(history)},
    };
  },
});
