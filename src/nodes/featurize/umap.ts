import {Type} from '@sinclair/typebox';
import {defineNode} from '../../core/node.js';
import {umap} from '../../numerics/umap.js';
import {mapCodes, mapParams, mapType} from '../map-codes.js';

const params = Type.Object(
  {
    split: mapParams.split,
    points: mapParams.points,
    nearest: Type.Integer({
      minimum: 2,
      maximum: 500,
      default: 15,
      description: 'Points that each is tied to, itself among them: few show fine structure, many the whole.',
    }),
    minDistance: Type.Number({minimum: 0, maximum: 10, default: 0.1, description: 'Smallest distance of points on the map.'}),
    spread: Type.Number({exclusiveMinimum: 0, maximum: 10, default: 1, description: 'How far what is tied lies apart.'}),
    dimensions: Type.Integer({minimum: 1, maximum: 100, default: 2, description: 'Of the map.'}),
    iterations: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 100_000,
        description: 'Passes over all ties; 500, or 200 for more than 10,000 points, when not given.',
      }),
    ),
    neighbours: mapParams.neighbours,
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'featurize/umap',
  summary: 'Codes of few dimensions for which neighbours stay neighbours (UMAP).',
  source: 'McInnes, Healy, Melville: UMAP, 2018, arXiv:1802.03426; by umap-js, on exact neighbours',
  example: `umap:
  use: featurize/umap
  in: {codes: codes}
  with: {nearest: 15}`,
  params,
  inputs: {codes: {kind: 'embedding', description: 'Codes; `labels` are passed on.'}},
  usesTensors: false,
  drawsRandom: true,
  metrics: ['trustworthiness'],
  prepare: (given, {codes}, report) => {
    const {count, type} = mapType(given, given.dimensions, codes, report);
    if (given.nearest >= count)
      report({
        path: ['with', 'nearest'],
        message: `Expected \`nearest\` to be at most ${count - 1} for ${count} points, got ${given.nearest}`,
      });
    if (given.minDistance > given.spread)
      report({
        path: ['with', 'minDistance'],
        message: `Expected \`minDistance\` to be at most \`spread\`, ${given.spread}, got ${given.minDistance}`,
      });
    return {given, type};
  },
  outputs: ({type}) => ({codes: type}),
  run: async ({prepared: {given}, inputs, context}) => {
    const {value} = await mapCodes(given, inputs.codes, context, async (codes, onProgress) => ({
      map: await umap(codes, {...given, seed: context.seed, onProgress}),
    }));
    return {codes: value};
  },
});
