import {Type} from '@sinclair/typebox';
import {meanAndDeviation} from '../../core/affine.js';
import type {HostTensor} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import {mapDatasetType, rescaleDataset} from '../map-dataset.js';

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

export const node = defineNodeOld({
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
  outputs: ({params: {mean, deviation, tensor}, inputs: {data}, report}) => {
    if ((mean === undefined || deviation === undefined) && !data.splits['train'])
      report({
        path: ['in', 'data'],
        message: `Expected a split \`train\` to measure, got ${Object.keys(data.splits).join(', ')}`,
      });
    const type = mapDatasetType(data, tensor, report, ({shape, range}) => {
      if (!range || mean === undefined || deviation === undefined) return {dtype: 'float32', shape};
      return {dtype: 'float32', shape, range: [(range[0] - mean) / deviation, (range[1] - mean) / deviation]};
    });
    return {data: type};
  },
  run: async ({params: given, inputs: {data}, report}) => {
    const measured =
      given.mean === undefined || given.deviation === undefined
        ? meanAndDeviation((await data.split('train'))[given.tensor] as HostTensor)
        : undefined;
    const mean = given.mean ?? measured?.mean ?? 0;
    const deviation = given.deviation ?? measured?.deviation ?? 1;
    if (deviation === 0)
      throw new Error(`Expected \`${given.tensor}\` to vary over the training split, got the same value everywhere`);
    report.metrics(0, {mean, deviation});
    return {data: rescaleDataset(data, given.tensor, () => ({scale: 1 / deviation, offset: -mean / deviation}))};
  },
});
