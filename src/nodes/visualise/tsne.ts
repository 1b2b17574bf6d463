import {defineNode} from '../../core/node.js';
import {mapFigure} from '../map-figure.js';
import {tsneMap, tsneMapType, tsneParams, tsneSource} from '../tsne-map.js';

export const node = defineNode({
  type: 'visualise/tsne',
  summary: 'A map of codes in the plane on which neighbours stay neighbours (t-SNE), coloured by class.',
  source: tsneSource,
  example: `map:
  use: visualise/tsne
  in: {codes: codes, data: digits}
  with: {points: 10000, perplexity: 30}`,
  params: tsneParams,
  inputs: {
    codes: {kind: 'embedding', description: 'Codes with `labels`.'},
    data: {kind: 'dataset', description: 'The same examples as uint8 `images`, shown on hover.', optional: true},
  },
  usesTensors: false,
  metrics: ['trustworthiness', 'klDivergence'],
  prepare: (params, {codes}, report) => ({params, map: tsneMapType(params, codes, report)}),
  outputs: ({map}) => ({figure: {kind: 'figure'}, map}),
  run: async ({prepared: {params}, inputs, context}) => {
    const {map, labels, value} = await tsneMap(params, inputs.codes, context);
    const images = inputs.data && (await inputs.data.split(params.split))['images'];
    const title = `t-SNE of ${(map.shape[0] ?? 0).toLocaleString('en')} ${params.split} codes`;
    return {figure: await mapFigure({title, map, labels, images}), map: value};
  },
});
