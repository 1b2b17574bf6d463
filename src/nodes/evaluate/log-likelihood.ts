import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor, rows, sizeOf} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import type {Split} from '../../core/ports.js';
import {Interrupted} from '../../core/stage-context.js';
import {meanWithError, parzenLogDensities} from '../../numerics/metrics/parzen.js';
import {agreeOnRange, unifyDimensions} from '../agree.js';

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

export const node = defineNodeOld({
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
  outputs: ({params: {split, chosenOn}, inputs: {generated, data}, report}) => {
    const named = (examples: string) => [examples, 'height', 'width', 'channels'];
    const made = {
      path: ['in', 'generated'],
      what: 'the generated images',
      tensor: generated.splits['generated']?.['images'],
      names: named('generated'),
    };
    if (!made.tensor)
      report({
        path: ['in', 'generated'],
        message: 'Expected a split `generated` with `images`, as of `generate/images`, got none',
      });
    for (const [param, name] of Object.entries({split, chosenOn})) {
      const real = {path: ['in', 'data'], what: '`images`', tensor: data.splits[name]?.['images'], names: named(name)};
      if (!real.tensor)
        report({
          path: ['with', param],
          message: `Expected the data to have a split \`${name}\` with \`images\`, got ${Object.keys(data.splits).join(', ')}`,
        });
      unifyDimensions([real, made], report);
      agreeOnRange(real, made, report);
    }
    return {
      scores: {kind: 'table', columns: ['metric', 'value']},
      choice: {kind: 'table', columns: ['deviation', 'logLikelihood']},
    };
  },
  run: async ({params: given, inputs, report, signal}) => {
    const samples = flatImages(await inputs.generated.split('generated'));
    const choosing = flatImages(await inputs.data.split(given.chosenOn));
    const scored = flatImages(await inputs.data.split(given.split));
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
      scores: {kind: 'table', columns: {metric: Object.keys(scores), value: Object.values(scores)}},
      choice: {kind: 'table', columns: {deviation: given.deviations, logLikelihood: found}},
    };
  },
});

/** float32 [examples, values]. */
function flatImages(split: Split): HostTensor<'float32'> {
  const {data, shape} = split['images'] as HostTensor;
  const [count = 0, ...rest] = shape;
  return hostTensor('float32', [count, sizeOf(rest)], data instanceof Float32Array ? data : Float32Array.from(data));
}
