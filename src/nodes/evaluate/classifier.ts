import {Type} from '@sinclair/typebox';
import {unpack} from '../../core/affine.js';
import {hostTensor} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {datasetOf, packedSplit} from '../../core/splits.js';
import {classifierScores} from '../../networks/scores.js';
import {
  calibrationError,
  classFigures,
  confusionMatrix,
  logLoss,
  predictionsOf,
  probabilitiesOf,
} from '../../numerics/metrics/classification.js';
import {agreeOnRange, givenBy, takenBy, tensorIn, unifyDimensions} from '../agree.js';
import {className} from '../classes.js';
import {examplesName} from '../examples.js';
import {scoresTable, scoresType} from '../scores-table.js';
import {tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'The split that is scored; training never sees it.'}),
    bins: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 15,
      description: 'Intervals of probability of the calibration error.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'evaluate/classifier',
  summary: 'Accuracy, precision, recall and F1 by class, the confusion matrix, log loss and calibration of a classifier.',
  source: 'Calibration: Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599',
  example: `grades:
  use: evaluate/classifier
  in: {data: scaled, model: classifier.model}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'Splits with `labels` and `images`, or `features` made of them.'},
    model: {
      kind: 'model',
      of: ['layers', 'trees'],
      description: 'Image or features → a score for each class, before any softmax.',
    },
  },
  usesTensors: true,
  metrics: ['accuracy', 'macroPrecision', 'macroRecall', 'macroF1', 'logLoss', 'calibrationError'],
  prepare: ({split, bins}, {data, model}, report) => {
    const tensor = examplesName(data.splits[split]);
    const {[tensor]: images, labels} = data.splits[split] ?? {};
    if (!images || !labels)
      report({
        path: ['with', 'split'],
        message: `Expected the data to have a split \`${split}\` with \`images\` or \`features\`, and \`labels\`, got ${Object.keys(data.splits).join(', ')}`,
      });
    const taken = takenBy('model', model, '...shape');
    const pixels = tensorIn('data', tensor, data.splits[split], ['examples', '...shape']);
    unifyDimensions([taken, pixels, givenBy('model', model, 'classes')], report);
    agreeOnRange(taken, pixels, report);
    const classes = model.output.shape[1];
    if (labels?.range && typeof classes === 'number' && labels.range[1] >= classes)
      report({
        path: ['in', 'data'],
        message: `Expected labels of the ${classes} classes that \`model\` tells apart, got labels up to ${labels.range[1]}`,
      });
    if (model.output.range)
      report({
        path: ['in', 'model'],
        message: `Expected a model that ends in scores, before any softmax, got one that ends in the range ${model.output.range.join('..')}`,
      });
    const names = Array.from({length: Number(classes)}, (_, index) => className(labels, index));
    return {split, bins, tensor, names, examples: images?.shape[0] ?? 'examples'};
  },
  outputs: ({split, names, examples}) => ({
    scores: scoresType,
    classes: {kind: 'table', columns: ['class', 'precision', 'recall', 'f1', 'support']},
    confusion: {kind: 'table', columns: ['actual', ...names]},
    predictions: {
      kind: 'dataset',
      splits: {
        [split]: {
          probabilities: {dtype: 'float32', shape: [examples, names.length], range: [0, 1]},
          labels: {dtype: 'uint8', shape: [examples], range: [0, names.length - 1], classes: names},
        },
      },
    },
  }),
  run: async ({prepared: {split, bins, tensor, names}, inputs, context: {report}}) => {
    const data = await packedSplit(inputs.data, split);
    const labels = unpack(tensorOf(data, 'labels'));
    const scores = classifierScores(inputs.model, tensorOf(data, tensor));
    const probabilities = probabilitiesOf(scores);
    const matrix = confusionMatrix(labels.data, predictionsOf(scores), names.length);
    const figures = classFigures(matrix);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const right = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
    const column = (name: 'precision' | 'recall' | 'f1' | 'support'): number[] => figures.map((each) => each[name]);
    const metrics = {
      accuracy: right / labels.data.length,
      macroPrecision: mean(column('precision')),
      macroRecall: mean(column('recall')),
      macroF1: mean(column('f1')),
      logLoss: logLoss(scores, labels.data),
      calibrationError: calibrationError(probabilities, labels.data, bins),
    };
    report.metrics(0, metrics);
    const predictions = {probabilities, labels: hostTensor('uint8', labels.shape, Uint8Array.from(labels.data))};
    return {
      scores: scoresTable(metrics),
      classes: {
        kind: 'table',
        columns: {
          class: names,
          precision: column('precision'),
          recall: column('recall'),
          f1: column('f1'),
          support: column('support'),
        },
      },
      confusion: {
        kind: 'table',
        columns: {actual: names, ...Object.fromEntries(names.map((name, index) => [name, matrix.map((row) => row[index] ?? 0)]))},
      },
      predictions: datasetOf({[split]: predictions}),
    };
  },
});
