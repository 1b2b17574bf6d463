import {Type} from '@sinclair/typebox';
import {unpack} from '../../core/affine.js';
import {hostTensor, type PackedTensor} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import type {ModelType, TensorType} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {classifierScores} from '../../networks/scores.js';
import {
  calibrationError,
  classFigures,
  confusionMatrix,
  logLoss,
  predictionsOf,
  probabilitiesOf,
} from '../../numerics/metrics/classification.js';
import {agreeOnRange, unifyDimensions} from '../agree.js';
import {examplesName} from '../examples.js';

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

/** Names of the classes that a model tells apart: the labels' own, or their numbers. */
const classesOf = (model: ModelType, labels: TensorType | undefined): readonly string[] =>
  Array.from({length: Number(model.output.shape[1])}, (_, index) => labels?.classes?.[index] ?? String(index));

export const node = defineNodeOld({
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
  outputs: ({params: {split}, inputs: {data, model}, report}) => {
    const name = examplesName(data.splits[split]);
    const {[name]: images, labels} = data.splits[split] ?? {};
    if (!images || !labels)
      report({
        path: ['with', 'split'],
        message: `Expected the data to have a split \`${split}\` with \`images\` or \`features\`, and \`labels\`, got ${Object.keys(data.splits).join(', ')}`,
      });
    const taken = {
      path: ['in', 'model'],
      what: 'what `model` takes',
      tensor: model.inputs['input'],
      names: ['batch', '...shape'],
    };
    const pixels = {path: ['in', 'data'], what: `\`${name}\``, tensor: images, names: ['examples', '...shape']};
    const given = {path: ['in', 'model'], what: 'what `model` gives', tensor: model.output, names: ['batch', 'classes']};
    unifyDimensions([taken, pixels, given], report);
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
    const names = classesOf(model, labels);
    const examples = images?.shape[0] ?? 'examples';
    return {
      scores: {kind: 'table', columns: ['metric', 'value']},
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
    };
  },
  run: async ({params: {split, bins}, inputs, inputTypes, report}) => {
    const data = await packedSplit(inputs.data, split);
    const labels = unpack(data['labels'] as PackedTensor);
    const scores = classifierScores(inputs.model, data[examplesName(data)] as PackedTensor);
    const names = classesOf(inputTypes.model, inputTypes.data.splits[split]?.['labels']);
    const probabilities = probabilitiesOf(scores);
    const matrix = confusionMatrix(labels.data, predictionsOf(scores), names.length);
    const figures = classFigures(matrix);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const right = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
    const metrics = {
      accuracy: right / labels.data.length,
      macroPrecision: mean(figures.map(({precision}) => precision)),
      macroRecall: mean(figures.map(({recall}) => recall)),
      macroF1: mean(figures.map(({f1}) => f1)),
      logLoss: logLoss(scores, labels.data),
      calibrationError: calibrationError(probabilities, labels.data, bins),
    };
    report.metrics(0, metrics);
    const column = (name: 'precision' | 'recall' | 'f1' | 'support'): number[] => figures.map((each) => each[name]);
    const predictions = {probabilities, labels: hostTensor('uint8', labels.shape, Uint8Array.from(labels.data))};
    return {
      scores: {kind: 'table', columns: {metric: Object.keys(metrics), value: Object.values(metrics)}},
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
      predictions: {kind: 'dataset', splitNames: [split], split: async () => predictions},
    };
  },
});
