import {type Static, Type} from '@sinclair/typebox';
import {trustworthiness} from '../models/metrics/trustworthiness.js';
import {tsne} from '../models/tsne.js';
import {type HostTensor, rows} from '../tensor/host-tensor.js';
import {Interrupted, type StageContext} from '../util/stage-context.js';
import type {TypeIssue} from './define-node.js';
import type {DatasetValue, EmbeddingType, Split} from './ports.js';

/** More points than these have too many pairs to keep a similarity for each. */
const exactAtMost = 5000;

const perplexity = Type.Number({minimum: 2, maximum: 500});

/** Params of every node that makes a map by t-SNE. */
export const tsneParams = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Where the codes come from.'}),
    points: Type.Integer({
      minimum: 10,
      maximum: 200_000,
      default: 10_000,
      description: 'Codes on the map, the first of the split.',
    }),
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
    neighbours: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 12,
      description: 'Neighbours that the reported trustworthiness looks at.',
    }),
  },
  {additionalProperties: false},
);

type Given = Static<typeof tsneParams>;

export const tsneSource =
  'van der Maaten and Hinton 2008; repulsion on a grid: Linderman et al. 2019; start by principal components: Kobak and Berens 2019';

/** Type of the map, float32 [points, 2] with the labels of the codes; reports what does not fit. */
export function tsneMapType(given: Given, codes: EmbeddingType, report: (issue: TypeIssue) => void): EmbeddingType {
  const tensors = codes.splits[given.split];
  if (!tensors)
    report({
      path: ['with', 'split'],
      message: `Expected the codes to have a split \`${given.split}\`, got ${Object.keys(codes.splits).join(', ')}`,
    });
  const available = tensors?.['codes']?.shape[0];
  const count = typeof available === 'number' ? Math.min(given.points, available) : given.points;
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
  const labels = tensors?.['labels'] && {labels: {...tensors['labels'], shape: [count]}};
  return {kind: 'embedding', splits: {[given.split]: {codes: {dtype: 'float32', shape: [count, 2]}, ...labels}}};
}

export interface TsneMap {
  /** float32 [points, 2]. */
  readonly map: HostTensor<'float32'>;
  readonly labels?: HostTensor;
  readonly value: DatasetValue;
}

/** Makes the map, reports its progress, trustworthiness and divergence. Throws an Interrupted when the stage is stopped. */
export async function tsneMap(
  given: Given,
  embedding: DatasetValue,
  {report, signal}: Pick<StageContext, 'report' | 'signal'>,
): Promise<TsneMap> {
  const split = await embedding.split(given.split);
  const codes = rows(split['codes'] as HostTensor<'float32'>, 0, given.points);
  const count = codes.shape[0] ?? 0;
  const onProgress = (done: number, total: number, unit: string): void => {
    if (signal.aborted) throw new Interrupted('stopped; a map has no checkpoint and starts again');
    report.progress(done, total, unit);
  };
  const {perplexity, iterations, affinities} = given;
  const {map, klDivergence} = await tsne(codes, {perplexity, iterations, exact: affinities === 'all', onProgress});
  const k = Math.min(given.neighbours, Math.ceil(count / 2) - 1);
  const trust = await trustworthiness(codes, map, k, (done) => onProgress(done, count, 'rank'));
  report.metrics(0, {trustworthiness: trust, klDivergence});
  const labels = split['labels'] && {labels: rows(split['labels'], 0, count)};
  const mapped: Split = {codes: map, ...labels};
  return {map, ...labels, value: {kind: 'embedding', splitNames: [given.split], split: async () => mapped}};
}
