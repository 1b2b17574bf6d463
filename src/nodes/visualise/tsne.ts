import {scatterPlot, thumbnailSprite} from '../../figures/scatter.js';
import {type HostTensor, hostTensor} from '../../tensor/host-tensor.js';
import {defineNode} from '../define-node.js';
import type {Scatter} from '../ports.js';
import {tsneMap, tsneMapType, tsneParams, tsneSource} from '../tsne-map.js';

/** Pictures that the interactive map shows on hover: as many as keep the report below 5 MB. */
const thumbnails = 10_000;
const thumbnailsPerRow = 100;

export const node = defineNode({
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
    const {map, labels: known, value} = await tsneMap(given, inputs.codes, {report, signal});
    const [count = 0] = map.shape;
    const labels = known ?? hostTensor('uint8', [count], new Uint8Array(count));
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
      map: value,
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
