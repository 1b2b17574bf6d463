import {defineNodeOld} from '../../core/node.js';
import {tsneMap, tsneMapType, tsneParams, tsneSource} from '../tsne-map.js';

export const node = defineNodeOld({
  type: 'featurize/tsne',
  summary: 'Codes of two dimensions for which neighbours stay neighbours (t-SNE).',
  source: tsneSource,
  example: `plane:
  use: featurize/tsne
  in: {codes: codes}
  with: {points: 10000, perplexity: [30, 300]}`,
  params: tsneParams,
  inputs: {codes: {kind: 'embedding', description: 'Codes; `labels` are passed on.'}},
  usesTensors: false,
  metrics: ['trustworthiness', 'klDivergence'],
  outputs: ({params, inputs: {codes}, report}) => ({codes: tsneMapType(params, codes, report)}),
  run: async ({params, inputs, ...context}) => ({codes: (await tsneMap(params, inputs.codes, context)).value}),
});
