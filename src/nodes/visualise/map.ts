import {Type} from '@sinclair/typebox';
import {type HostTensor, rows} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import {codesOf, mapParams} from '../map-codes.js';
import {mapFigure} from '../map-figure.js';

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

export const node = defineNodeOld({
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
  outputs: ({params: {split}, inputs: {codes}, report}) => {
    const dimensions = codesOf(split, codes, report)?.['codes']?.shape[1];
    if (typeof dimensions === 'number' && dimensions !== 2)
      report({
        path: ['in', 'codes'],
        message: `Expected codes of 2 dimensions, got ${dimensions}; \`featurize/umap\` and \`featurize/tsne\` make such`,
      });
    return {figure: {kind: 'figure'}};
  },
  run: async ({params: {split, points, title}, inputs}) => {
    const {codes, labels} = await inputs.codes.split(split);
    const map = rows(codes as HostTensor<'float32'>, 0, points);
    const images = inputs.data && (await inputs.data.split(split))['images'];
    const count = (map.shape[0] ?? 0).toLocaleString('en');
    return {
      figure: await mapFigure({
        title: title ?? `${count} ${split} codes`,
        map,
        labels: labels && rows(labels, 0, points),
        images,
      }),
    };
  },
});
