import {defineNode} from '../../core/node.js';
import {tsneMap, tsneMapType, tsneParams, tsneSource} from '../tsne-map.js';

export const node = defineNode({
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
  prepare: (params, {codes}, report) => ({params, type: tsneMapType(params, codes, report)}),
  outputs: ({type}) => ({codes: type}),
  run: async ({prepared: {params}, inputs, context}) => ({codes: (await tsneMap(params, inputs.codes, context)).value}),
});
