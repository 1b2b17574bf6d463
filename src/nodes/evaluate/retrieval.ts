import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import type {Split} from '../../core/ports.js';
import {Interrupted} from '../../core/stage-context.js';
import {retrievalScores} from '../../numerics/metrics/retrieval.js';

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

export const node = defineNodeOld({
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
  outputs: ({params: {queries, gallery, nearest}, inputs: {codes, data}, report}) => {
    const [port, tensor] = codes ? (['codes', 'codes'] as const) : (['data', 'images'] as const);
    const given = codes ?? data;
    if (!given || (codes && data))
      report({
        path: ['in'],
        message: `Expected either \`codes\` or \`data\` to be connected, got ${given ? 'both' : 'neither'}`,
      });
    if (queries === gallery)
      report({
        path: ['with', 'gallery'],
        message: `Expected \`gallery\` to be another split than \`queries\`, got \`${gallery}\` for both`,
      });
    for (const split of given ? [queries, gallery] : [])
      if (!given?.splits[split]?.[tensor] || !given.splits[split]?.['labels'])
        report({path: ['in', port], message: `Expected a split \`${split}\` with \`${tensor}\` and \`labels\`, got none`});
    const examples = given?.splits[gallery]?.[tensor]?.shape[0];
    if (typeof examples === 'number' && nearest > examples)
      report({
        path: ['with', 'nearest'],
        message: `Expected \`nearest\` to be at most ${examples}, as \`${gallery}\` has no more, got ${nearest}`,
      });
    return {scores: {kind: 'table', columns: ['metric', 'value']}};
  },
  run: async ({params: given, inputs: {codes, data}, report, signal}) => {
    const source = codes ?? data;
    if (!source) throw new Error('unreachable: one of both is connected');
    const labelled = (split: Split) => ({codes: flat(split[codes ? 'codes' : 'images']), labels: split['labels'] as HostTensor});
    const [gallery, queries] = [await source.split(given.gallery), await source.split(given.queries)].map(labelled);
    if (!gallery || !queries) throw new Error('unreachable: there are two splits');
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
    return {scores: {kind: 'table', columns: {metric: Object.keys(scores), value: Object.values(scores)}}};
  },
});

/** One row an example, float32. */
function flat(tensor: HostTensor | undefined): HostTensor<'float32'> {
  if (!tensor) throw new Error('unreachable: the split has it');
  const [count = 0, ...rest] = tensor.shape;
  const data = tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data);
  return hostTensor('float32', [count, sizeOf(rest)], data);
}
