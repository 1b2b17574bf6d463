import {defineNodeOld} from '../../core/node.js';
import {mapFigure} from '../map-figure.js';
import {tsneMap, tsneMapType, tsneParams, tsneSource} from '../tsne-map.js';

export const node = defineNodeOld({
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
  outputs: ({params, inputs: {codes}, report}) => ({figure: {kind: 'figure'}, map: tsneMapType(params, codes, report)}),
  run: async ({params: given, inputs, report, signal}) => {
    const {map, labels, value} = await tsneMap(given, inputs.codes, {report, signal});
    const images = inputs.data && (await inputs.data.split(given.split))['images'];
    const title = `t-SNE of ${(map.shape[0] ?? 0).toLocaleString('en')} ${given.split} codes`;
    return {figure: await mapFigure({title, map, labels, images}), map: value};
  },
});
