import {Type} from '@sinclair/typebox';
import {scatterPlot, thumbnailSprite} from '../../figures/scatter.js';
import {trustworthiness} from '../../models/metrics/trustworthiness.js';
import {tsne} from '../../models/tsne.js';
import {type HostTensor, hostTensor, rows} from '../../tensor/host-tensor.js';
import {Interrupted} from '../../util/stage-context.js';
import {defineNode} from '../define-node.js';
import type {Scatter} from '../ports.js';

/** Pictures that the interactive map shows on hover: as many as keep the report below 5 MB. */
const thumbnails = 10_000;
const thumbnailsPerRow = 100;

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Where the codes come from.'}),
    points: Type.Integer({
      minimum: 10,
      maximum: 200_000,
      default: 10_000,
      description: 'Codes on the map, the first of the split.',
    }),
    perplexity: Type.Number({minimum: 2, maximum: 500, default: 30, description: 'Effective number of neighbours.'}),
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

export const node = defineNode({
  type: 'visualise/tsne',
  summary: 'A map of codes in the plane on which neighbours stay neighbours (t-SNE), coloured by class.',
  source:
    'van der Maaten and Hinton 2008; repulsion on a grid: Linderman et al. 2019; start by principal components: Kobak and Berens 2019',
  example: `map:
  use: visualise/tsne
  in: {codes: codes, data: digits}
  with: {points: 10000, perplexity: 30}`,
  params,
  inputs: {
    codes: {kind: 'embedding', description: 'Codes with `labels`.'},
    data: {kind: 'dataset', description: 'The same examples as uint8 `images`, shown on hover.', optional: true},
  },
  usesTensors: false,
  metrics: ['trustworthiness', 'klDivergence'],
  outputs: ({params: {split, perplexity, points}, inputs: {codes}, report}) => {
    const tensors = codes.splits[split];
    if (!tensors)
      report({
        path: ['with', 'split'],
        message: `Expected the codes to have a split \`${split}\`, got ${Object.keys(codes.splits).join(', ')}`,
      });
    const available = tensors?.['codes']?.shape[0];
    const count = typeof available === 'number' ? Math.min(points, available) : points;
    if (perplexity * 3 > count - 1)
      report({
        path: ['with', 'perplexity'],
        message: `Expected \`perplexity\` to be at most ${Math.floor((count - 1) / 3)} for ${count} points, got ${perplexity}`,
      });
    return {
      figure: {kind: 'figure'},
      map: {
        kind: 'embedding',
        splits: {
          [split]: {
            codes: {dtype: 'float32', shape: [count, 2]},
            ...(tensors?.['labels'] && {labels: {...tensors['labels'], shape: [count]}}),
          },
        },
      },
    };
  },
  run: async ({params: given, inputs, report, signal}) => {
    const split = await inputs.codes.split(given.split);
    const codes = rows(split['codes'] as HostTensor<'float32'>, 0, given.points);
    const count = codes.shape[0] ?? 0;
    const labels = split['labels'] ? rows(split['labels'], 0, count) : hostTensor('uint8', [count], new Uint8Array(count));
    const {map, klDivergence} = await tsne(codes, {
      perplexity: given.perplexity,
      iterations: given.iterations,
      onProgress: (done, total, unit) => {
        if (signal.aborted) throw new Interrupted('stopped; a map has no checkpoint and starts again');
        report.progress(done, total, unit);
      },
    });
    const trust = await trustworthiness(codes, map, Math.min(given.neighbours, Math.ceil(count / 2) - 1));
    report.metrics(0, {trustworthiness: trust, klDivergence});

    const [x, y] = [0, 1].map((axis) => Array.from({length: count}, (_, index) => map.data[2 * index + axis] ?? 0)) as [
      number[],
      number[],
    ];
    const classes = Array.from({length: 1 + largest(labels)}, (_, label) => String(label));
    const title = `t-SNE of ${count.toLocaleString('en')} ${given.split} codes`;
    const images = inputs.data && (await inputs.data.split(given.split))['images'];
    const rounded = (values: readonly number[]): number[] => values.map((value) => Number(value.toFixed(2)));
    const interactive: Scatter = {
      type: 'scatter',
      x: rounded(x),
      y: rounded(y),
      label: Array.from(labels.data),
      classes,
      ...(images?.dtype === 'uint8' && {sprite: await sprite(images as HostTensor<'uint8'>, count)}),
    };
    return {
      figure: {
        kind: 'figure',
        title,
        alt: `A map of ${count} codes as points, coloured by their ${classes.length} classes.`,
        png: await scatterPlot({title, x, y, label: labels.data, classes}),
        interactive,
      },
      map: {kind: 'embedding', splitNames: [given.split], split: async () => ({codes: map, ...(split['labels'] && {labels})})},
    };
  },
});

function largest({data}: HostTensor): number {
  let most = 0;
  for (const value of data) most = Math.max(most, value);
  return most;
}

async function sprite(images: HostTensor<'uint8'>, count: number): Promise<NonNullable<Scatter['sprite']>> {
  const size = images.shape[1] ?? 0;
  const shown = Math.min(count, thumbnails);
  return {png: await thumbnailSprite(images.data, shown, size, thumbnailsPerRow), size, perRow: thumbnailsPerRow};
}
