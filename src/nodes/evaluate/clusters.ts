import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import type {Split} from '../../core/ports.js';
import {predictionsOf} from '../../numerics/metrics/classification.js';
import {
  adjustedRandIndex,
  classesByConfidence,
  normalisedMutualInformation,
  silhouette,
} from '../../numerics/metrics/clustering.js';
import {scoresTable, scoresType} from '../scores-table.js';
import {splitWith} from '../split-types.js';
import {floatsOf, tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    categories: Type.Integer({
      minimum: 2,
      default: 10,
      description: 'How many values at the end of a code are the probabilities of its categories, as `softmaxLast` gives them.',
    }),
    split: Type.String({default: 'test', description: 'The split that is scored.'}),
    named: Type.String({
      default: 'validation',
      description: 'The split whose most confident example of a category names the class of all of it.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'evaluate/clusters',
  summary:
    'Whether categories that were learned without labels are classes: the error when each stands for the class of its most confident example, and what they say of the classes.',
  source:
    'Makhzani et al. 2015, section 6; Strehl and Ghosh 2002 (normalised mutual information); Hubert and Arabie 1985 (adjusted Rand index); Rousseeuw 1987 (silhouette of the codes by category)',
  example: `clusters:
  use: evaluate/clusters
  in: codes
  with: {categories: 2}`,
  params,
  inputs: {codes: {kind: 'embedding', description: 'Codes that end in probabilities of categories, with `labels`.'}},
  usesTensors: false,
  metrics: ['error', 'normalisedMutualInformation', 'adjustedRandIndex', 'categoriesUsed', 'silhouette'],
  prepare: (given, {codes}, report) => {
    for (const name of [given.split, given.named]) {
      const size = splitWith(codes, name, ['codes', 'labels'], report, {path: ['in', 'codes']})?.codes.shape[1];
      if (typeof size === 'number' && size < given.categories) {
        report({
          path: ['with', 'categories'],
          message: `Expected \`categories\` to be at most the ${size} values of a code, got ${given.categories}`,
        });
        break;
      }
    }
    return given;
  },
  outputs: () => ({
    scores: scoresType,
    categories: {kind: 'table', columns: ['category', 'class', 'examples', 'ofItsClass']},
  }),
  run: async ({prepared: {categories, split, named}, inputs, context: {report}}) => {
    const [naming, scored] = [await inputs.codes.split(named), await inputs.codes.split(split)];
    const probabilities = probabilitiesAtEnd(scored, categories);
    const labels = tensorOf(scored, 'labels').data;
    const classes = classesByConfidence(probabilitiesAtEnd(naming, categories), tensorOf(naming, 'labels').data);
    const chosen = predictionsOf(probabilities);
    const sizes = new Array<number>(categories).fill(0);
    const right = new Array<number>(categories).fill(0);
    for (const [example, category] of chosen.entries()) {
      sizes[category] = (sizes[category] ?? 0) + 1;
      if (classes[category] === labels[example]) right[category] = (right[category] ?? 0) + 1;
    }
    const categoriesUsed = sizes.filter((size) => size > 0).length;
    const scores = {
      error: 1 - right.reduce((sum, count) => sum + count, 0) / labels.length,
      normalisedMutualInformation: normalisedMutualInformation(labels, chosen),
      adjustedRandIndex: adjustedRandIndex(labels, chosen),
      categoriesUsed,
      // of one cluster, or of one example each, there is none
      ...(categoriesUsed > 1 &&
        categoriesUsed < labels.length && {silhouette: await silhouette(floatsOf(scored, 'codes'), chosen)}),
    };
    report.metrics(0, scores);
    const share = (category: number): number | null => (sizes[category] ? (right[category] ?? 0) / sizes[category] : null);
    return {
      scores: scoresTable(scores),
      categories: {
        kind: 'table',
        columns: {category: [...sizes.keys()], class: classes, examples: sizes, ofItsClass: sizes.map((_, at) => share(at))},
      },
    };
  },
});

/** The last values of each code, float32 [examples, categories]. */
function probabilitiesAtEnd(split: Split, categories: number): HostTensor<'float32'> {
  const {data, shape} = tensorOf(split, 'codes');
  const [count = 0, size = 0] = shape;
  const values = Float32Array.from({length: count * categories}, (_, at) => {
    const [example, category] = [Math.floor(at / categories), at % categories];
    return data[example * size + size - categories + category] as number;
  });
  return hostTensor('float32', [count, categories], values);
}
