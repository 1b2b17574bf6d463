import {type Static, Type} from '@sinclair/typebox';
import {historyColumns} from '../../core/epoch-history.js';
import {sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {joinTrees} from '../../numerics/trees/ensemble.js';
import {growForest} from '../../numerics/trees/forest.js';
import {sizesOf} from '../../numerics/trees/tree.js';
import {tensorsOf, validationTensors} from '../training-data.js';
import {leafExamplesParam, treeModel} from '../tree-model.js';

const params = Type.Object(
  {
    trees: Type.Integer({minimum: 1, maximum: 100_000, default: 100, description: 'Trees of the forest.', 'x-extends': true}),
    featuresPerSplit: Type.Union([Type.Literal('sqrt'), Type.Number({exclusiveMinimum: 0, maximum: 1})], {
      default: 'sqrt',
      description: 'Features that are tried for each split, drawn anew: the square root of their number, or a share of them.',
    }),
    depth: Type.Optional(
      Type.Integer({minimum: 1, maximum: 1000, description: 'Splits from the root to a leaf at most; no limit when not given.'}),
    ),
    leafExamples: leafExamplesParam(1),
    bootstrap: Type.Boolean({
      default: true,
      description: 'Let each tree learn from as many examples as there are, drawn with replacement; false gives it all.',
    }),
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

const triedOf = ({featuresPerSplit}: Params, features: number): number =>
  Math.max(1, Math.floor(featuresPerSplit === 'sqrt' ? Math.sqrt(features) : featuresPerSplit * features));

export const node = defineNode({
  type: 'train/forest',
  summary: 'A random forest: decision trees, each from examples and features of its own draw, that vote on the class.',
  source: 'Breiman: Random Forests, Machine Learning 45, 2001',
  example: `forest:
  use: train/forest
  in: clothes
  with: {trees: 100}`,
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
  metrics: ['parameters', 'nodes', 'validation/loss', 'validation/accuracy'],
  prepare: (given, {data}, report) => {
    const model = treeModel(data, 'shares', report);
    return model && {params: given, model};
  },
  outputs: ({model: {type}}) => ({model: type, history: {kind: 'table', columns: ['epoch']}}),
  run: async ({prepared, inputs, context}) => {
    const {
      params: given,
      model: {ensemble, tensors},
    } = prepared;
    const train = await tensorsOf(inputs.data, 'train', tensors);
    const validation = await validationTensors(inputs.data, tensors);
    const {classes} = ensemble.trees;
    const featuresPerSplit = triedOf(given, sizeOf(ensemble.input));
    const options = {...given, classes, depth: given.depth ?? Infinity, featuresPerSplit};
    const {trees, history} = await growForest(ensemble, options, train, validation, context);
    context.report.metrics(history.length, sizesOf(trees));
    return {
      model: {kind: 'model', architecture: ensemble, weights: joinTrees(trees, new Float32Array(classes))},
      history: {kind: 'table', columns: historyColumns(history)},
    };
  },
});
