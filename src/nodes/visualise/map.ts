import {Type} from '@sinclair/typebox';
import {rows} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {mapParams} from '../map-codes.js';
import {mapFigure} from '../map-figure.js';
import {splitWith} from '../split-types.js';
import {floatsOf} from '../tensors.js';

const params = Type.Object(
  {
    split: mapParams.split,
    points: Type.Integer({
      minimum: 2,
      maximum: 200_000,
      default: 10_000,
      description: 'Codes on the map, the first of the split.',
    }),
    title: Type.Optional(Type.String({minLength: 1, maxLength: 100})),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/map',
  summary: 'Codes of two dimensions as points, coloured by class, with their pictures on hover.',
  example: `points:
  use: visualise/map
  in: {codes: umap, data: digits}
  with: {title: UMAP of the codes}`,
  params,
  inputs: {
    codes: {kind: 'embedding', description: 'Codes of two dimensions, coloured by `labels` if there are any.'},
    data: {kind: 'dataset', description: 'The same examples as uint8 `images`, shown on hover.', optional: true},
  },
  usesTensors: false,
  prepare: (given, {codes}, report) => {
    const split = splitWith(codes, given.split, [], report, {path: ['with', 'split'], of: 'the codes'});
    const dimensions = split?.['codes']?.shape[1];
    if (typeof dimensions === 'number' && dimensions !== 2)
      report({
        path: ['in', 'codes'],
        message: `Expected codes of 2 dimensions, got ${dimensions}; \`featurize/umap\` and \`featurize/tsne\` make such`,
      });
    return given;
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {split, points, title}, inputs}) => {
    const codes = await inputs.codes.split(split);
    const map = rows(floatsOf(codes, 'codes'), 0, points);
    const images = inputs.data && (await inputs.data.split(split))['images'];
    const count = (map.shape[0] ?? 0).toLocaleString('en');
    return {
      figure: await mapFigure({
        title: title ?? `${count} ${split} codes`,
        map,
        labels: codes['labels'] && rows(codes['labels'], 0, points),
        images,
      }),
    };
  },
});
