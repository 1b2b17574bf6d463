import {Type} from '@sinclair/typebox';
import type {Affine} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {mapDatasetType, rescaleDataset} from '../map-dataset.js';

const params = Type.Object(
  {
    to: Type.Array(Type.Number(), {
      minItems: 2,
      maxItems: 2,
      default: [0, 1],
      description: 'Where the smallest and the largest possible value go.',
    }),
    tensor: Type.String({default: 'images', description: 'The tensor that is scaled; the others pass through.'}),
  },
  {additionalProperties: false},
);

/** scale and offset that take one range to another. */
function between([fromLow, fromHigh]: readonly [number, number], [low, high]: readonly [number, number]): Affine {
  const scale = (high - low) / (fromHigh - fromLow);
  return {scale, offset: low - fromLow * scale};
}

export const node = defineNode({
  type: 'normalise/scale',
  summary: 'Moves the range of possible values, such as 0..255, to another, such as 0..1.',
  example: `scaled:
  use: normalise/scale
  in: digits
  with: {to: [0, 1]}`,
  params,
  inputs: {data: {kind: 'dataset', description: 'Splits whose tensor has a known range.'}},
  usesTensors: false,
  prepare: ({to: [low = 0, high = 1], tensor}, {data}, report) => {
    if (low >= high)
      report({path: ['with', 'to'], message: `Expected \`to\` to be a range from low to high, got [${low}, ${high}]`});
    const type = mapDatasetType(data, tensor, report, ({shape, range}) => {
      if (!range)
        report({
          path: ['in', 'data'],
          message: `Expected \`${tensor}\` to have a known range of values, got none`,
          hint: 'Use `normalise/standardise` instead.',
        });
      return {dtype: 'float32', shape, range: [low, high]};
    });
    const map = (split: string): Affine => between(data.splits[split]?.[tensor]?.range ?? [0, 1], [low, high]);
    return {tensor, type, map};
  },
  outputs: ({type}) => ({data: type}),
  run: async ({prepared: {tensor, map}, inputs: {data}}) => ({data: rescaleDataset(data, tensor, map)}),
});
