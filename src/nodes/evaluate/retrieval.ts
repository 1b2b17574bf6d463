import {Type} from '@sinclair/typebox';
import {defineNode} from '../../core/node.js';
import {Interrupted} from '../../core/stage-context.js';
import {retrievalScores} from '../../numerics/metrics/retrieval.js';
import {scoresTable, scoresType} from '../scores-table.js';
import {splitWith} from '../split-types.js';
import {flat, floatsOf, tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    queries: Type.String({default: 'test', description: 'The split whose every example is a query.'}),
    gallery: Type.String({default: 'train', description: 'The split that is searched, another one.'}),
    distance: Type.Union([Type.Literal('euclidean'), Type.Literal('cosine')], {
      default: 'euclidean',
      description: 'What is near.',
    }),
    nearest: Type.Integer({minimum: 1, maximum: 10_000, default: 10, description: 'Of how many nearest precision is counted.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'evaluate/retrieval',
  summary:
    'Whether what is nearest has the same class: precision among the nearest and mean average precision, over all pairs, of codes or of pixels.',
  source: 'Manning, Raghavan, Schütze: Introduction to Information Retrieval, 2008, section 8.4',
  example: `retrieval:
  use: evaluate/retrieval
  in: {codes: codes}`,
  params,
  inputs: {
    codes: {kind: 'embedding', description: 'Codes with `labels`.', optional: true},
    data: {kind: 'dataset', description: 'In their place: `images` with `labels`, compared pixel by pixel.', optional: true},
  },
  usesTensors: true,
  metrics: ['precision', 'meanAveragePrecision'],
  prepare: (given, {codes, data}, report) => {
    const {queries, gallery, nearest} = given;
    const tensor = codes ? 'codes' : 'images';
    const source = codes ?? data;
    if (!source || (codes && data))
      report({
        path: ['in'],
        message: `Expected either \`codes\` or \`data\` to be connected, got ${source ? 'both' : 'neither'}`,
      });
    if (queries === gallery)
      report({
        path: ['with', 'gallery'],
        message: `Expected \`gallery\` to be another split than \`queries\`, got \`${gallery}\` for both`,
      });
    if (source)
      for (const split of [queries, gallery])
        splitWith(source, split, [tensor, 'labels'], report, {path: ['in', codes ? 'codes' : 'data']});
    const examples = source?.splits[gallery]?.[tensor]?.shape[0];
    if (typeof examples === 'number' && nearest > examples)
      report({
        path: ['with', 'nearest'],
        message: `Expected \`nearest\` to be at most ${examples}, as \`${gallery}\` has no more, got ${nearest}`,
      });
    return {...given, tensor};
  },
  outputs: () => ({scores: scoresType}),
  run: async ({prepared: {tensor, ...given}, inputs: {codes, data}, context: {report, signal}}) => {
    const labelled = async (name: string) => {
      const split = (await (codes ?? data)?.split(name)) ?? {};
      return {codes: flat(floatsOf(split, tensor)), labels: tensorOf(split, 'labels')};
    };
    const [gallery, queries] = [await labelled(given.gallery), await labelled(given.queries)];
    const total = queries.codes.shape[0] ?? 0;
    const scores = await retrievalScores(gallery, queries, {
      k: given.nearest,
      distance: given.distance,
      onRows: (done) => {
        if (signal.aborted) throw new Interrupted('stopped; a ranking has no checkpoint and starts again');
        report.progress(done, total, 'query');
      },
    });
    report.metrics(0, {...scores});
    return {scores: scoresTable({...scores})};
  },
});
