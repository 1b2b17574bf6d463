import {Type} from '@sinclair/typebox';
import {meanAndDeviation} from '../../core/affine.js';
import {defineNode} from '../../core/node.js';
import {mapDatasetType, rescaleDataset} from '../map-dataset.js';
import {tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    mean: Type.Optional(
      Type.Number({description: 'Subtracted, in units of the given values; measured on `train` when not given.'}),
    ),
    deviation: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Divided by; measured on `train` when not given (population standard deviation).',
      }),
    ),
    tensor: Type.String({default: 'images', description: 'The tensor that is standardised; the others pass through.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'normalise/standardise',
  summary: 'Subtracts the mean and divides by the standard deviation, given or measured on the training split.',
  example: `standard:
  use: normalise/standardise
  in: scaled
  with: {mean: 0.1307, deviation: 0.3081}`,
  params,
  inputs: {data: {kind: 'dataset', description: 'Splits; `train` is the one that is measured.'}},
  usesTensors: false,
  metrics: ['mean', 'deviation'],
  prepare: (given, {data}, report) => {
    const {mean, deviation, tensor} = given;
    const isMeasured = mean === undefined || deviation === undefined;
    if (isMeasured && !data.splits['train'])
      report({
        path: ['in', 'data'],
        message: `Expected a split \`train\` to measure, got ${Object.keys(data.splits).join(', ')}`,
      });
    const type = mapDatasetType(data, tensor, report, ({shape, range}) => {
      if (!range || isMeasured) return {dtype: 'float32', shape};
      return {dtype: 'float32', shape, range: [(range[0] - mean) / deviation, (range[1] - mean) / deviation]};
    });
    return {...given, isMeasured, type};
  },
  outputs: ({type}) => ({data: type}),
  run: async ({prepared: {tensor, isMeasured, ...given}, inputs: {data}, context: {report}}) => {
    const measured = isMeasured ? meanAndDeviation(tensorOf(await data.split('train'), tensor)) : undefined;
    const mean = given.mean ?? measured?.mean ?? 0;
    const deviation = given.deviation ?? measured?.deviation ?? 1;
    if (deviation === 0) throw new Error(`Expected \`${tensor}\` to vary over the training split, got the same value everywhere`);
    report.metrics(0, {mean, deviation});
    return {data: rescaleDataset(data, tensor, () => ({scale: 1 / deviation, offset: -mean / deviation}))};
  },
});
