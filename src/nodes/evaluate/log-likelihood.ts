import {Type} from '@sinclair/typebox';
import {rows} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {Interrupted} from '../../core/stage-context.js';
import {meanWithError, parzenLogDensities} from '../../numerics/metrics/parzen.js';
import {agreeOnRange, tensorIn, unifyDimensions} from '../agree.js';
import {generatedImages} from '../generated.js';
import {scoresTable, scoresType} from '../scores-table.js';
import {splitWith} from '../split-types.js';
import {flat, floatsOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'The split whose likelihood is estimated.'}),
    chosenOn: Type.String({default: 'validation', description: 'The split on which the best of `deviations` is chosen.'}),
    choosingExamples: Type.Integer({minimum: 1, default: 1000, description: 'How many of its examples, the first.'}),
    deviations: Type.Array(Type.Number({exclusiveMinimum: 0}), {
      minItems: 1,
      maxItems: 100,
      default: [0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.24, 0.26, 0.28, 0.3],
      description: 'Standard deviations of the window to choose from.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'evaluate/log-likelihood',
  summary: 'Parzen-window estimate of the log-likelihood of real images under those that a model generates.',
  source:
    'Breuleux, Bengio, Vincent 2011; Goodfellow et al. 2014, section 5; Makhzani et al. 2015, table 1. It says little of how good images look: Theis, van den Oord, Bethge 2015, arXiv:1511.01844',
  example: `likelihood:
  use: evaluate/log-likelihood
  in: {generated: generated, data: scaled}`,
  params,
  inputs: {
    generated: {kind: 'dataset', description: 'A split `generated` with `images`; the paper takes 10,000.'},
    data: {kind: 'dataset', description: 'Splits of real `images` in the same range.'},
  },
  usesTensors: true,
  metrics: ['logLikelihood', 'standardError', 'windowDeviation'],
  prepare: (given, {generated, data}, report) => {
    const dimensions = ['height', 'width', 'channels'];
    const made = generatedImages(generated, dimensions, report);
    for (const param of ['split', 'chosenOn'] as const) {
      const name = given[param];
      const split = splitWith(data, name, ['images'], report, {path: ['with', param], of: 'the data'});
      const real = tensorIn('data', 'images', split, [name, ...dimensions]);
      unifyDimensions([real, made], report);
      agreeOnRange(real, made, report);
    }
    return given;
  },
  outputs: () => ({scores: scoresType, choice: {kind: 'table', columns: ['deviation', 'logLikelihood']}}),
  run: async ({prepared: given, inputs, context: {report, signal}}) => {
    const samples = flat(floatsOf(await inputs.generated.split('generated'), 'images'));
    const choosing = flat(floatsOf(await inputs.data.split(given.chosenOn), 'images'));
    const scored = flat(floatsOf(await inputs.data.split(given.split), 'images'));
    const few = rows(choosing, 0, given.choosingExamples);
    const [first = 0, then = 0] = [few.shape[0], scored.shape[0]];
    const progress = (before: number) => (done: number) => {
      if (signal.aborted) throw new Interrupted('stopped; an estimate has no checkpoint and starts again');
      report.progress(before + done, first + then, 'image');
    };
    const found = parzenLogDensities(samples, few, given.deviations, progress(0)).map((values) => meanWithError(values).mean);
    const best = found.indexOf(Math.max(...found));
    const deviation = given.deviations[best] as number;
    if (given.deviations.length > 1 && [Math.min(...given.deviations), Math.max(...given.deviations)].includes(deviation))
      report.log(`the best deviation, ${deviation}, is at an end of the list: one beyond may be better`);
    const [densities] = parzenLogDensities(samples, scored, [deviation], progress(first));
    const {mean, error} = meanWithError(densities as Float64Array);
    const scores = {logLikelihood: mean, standardError: error, windowDeviation: deviation};
    report.metrics(0, scores);
    return {
      scores: scoresTable(scores),
      choice: {kind: 'table', columns: {deviation: given.deviations, logLikelihood: found}},
    };
  },
});
