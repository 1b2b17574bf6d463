import {type Static, Type} from '@sinclair/typebox';
import type {Report} from '../core/node.js';
import type {DatasetValue, EmbeddingType} from '../core/ports.js';
import type {StageContext} from '../core/stage-context.js';
import {tsne} from '../numerics/tsne.js';
import {type CodesMap, mapCodes, mapParams, mapType} from './map-codes.js';

/** More points than these have too many pairs to keep a similarity for each. */
const exactAtMost = 5000;

const perplexity = Type.Number({minimum: 2, maximum: 500});

/** Params of every node that makes a map by t-SNE. */
export const tsneParams = Type.Object(
  {
    split: mapParams.split,
    points: mapParams.points,
    perplexity: Type.Union([perplexity, Type.Array(perplexity, {minItems: 1, maxItems: 10})], {
      default: 30,
      description: 'Effective number of neighbours; of a list, such as [30, 300], the kernels are averaged.',
    }),
    affinities: Type.Union([Type.Literal('nearest'), Type.Literal('all')], {
      default: 'nearest',
      description: `Similarities with the 3 × perplexity nearest only, or of all pairs (up to ${exactAtMost} points).`,
    }),
    iterations: Type.Integer({
      minimum: 50,
      maximum: 100_000,
      default: 750,
      description: 'Steps of gradient descent; a third, at most 250, exaggerate.',
    }),
    neighbours: mapParams.neighbours,
  },
  {additionalProperties: false},
);

type Given = Static<typeof tsneParams>;

export const tsneSource =
  'van der Maaten and Hinton 2008; repulsion on a grid: Linderman et al. 2019; start by principal components: Kobak and Berens 2019';

/** Type of the map, float32 [points, 2] with the labels of the codes; reports what does not fit. */
export function tsneMapType(given: Given, codes: EmbeddingType, report: Report): EmbeddingType {
  const {count, type} = mapType(given, 2, codes, report);
  const largest = Math.max(...[given.perplexity].flat());
  if (largest * 3 > count - 1)
    report({
      path: ['with', 'perplexity'],
      message: `Expected \`perplexity\` to be at most ${Math.floor((count - 1) / 3)} for ${count} points, got ${largest}`,
    });
  if (given.affinities === 'all' && count > exactAtMost)
    report({
      path: ['with', 'affinities'],
      message: `Expected \`affinities\` to be \`nearest\` for more than ${exactAtMost} points, got \`all\` for ${count}`,
    });
  return type;
}

/** Makes the map, reports its progress, trustworthiness and divergence. Throws an Interrupted when the stage is stopped. */
export async function tsneMap(
  given: Given,
  embedding: DatasetValue,
  context: Pick<StageContext, 'report' | 'signal'>,
): Promise<CodesMap> {
  const {perplexity, iterations, affinities} = given;
  return mapCodes(given, embedding, context, async (codes, onProgress) => {
    const {map, klDivergence} = await tsne(codes, {perplexity, iterations, exact: affinities === 'all', onProgress});
    return {map, figures: {klDivergence}};
  });
}
