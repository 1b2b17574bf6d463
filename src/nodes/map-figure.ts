import {type HostTensor, hostTensor} from '../core/host-tensor.js';
import type {FigureValue, Scatter} from '../core/ports.js';
import {scatterPlot, thumbnailSprite} from '../figures/scatter.js';

/** Pictures that the interactive map shows on hover: as many as keep the report below 5 MB. */
const thumbnails = 10_000;
const thumbnailsPerRow = 100;

interface MapOfPoints {
  readonly title: string;
  /** float32 [points, 2]. */
  readonly map: HostTensor<'float32'>;
  /** Class of each point; without them all have one colour. */
  readonly labels: HostTensor | undefined;
  /** The same examples, uint8 [points or more, height, width, 1], shown on hover. */
  readonly images: HostTensor | undefined;
}

/** Points in the plane as a figure: a picture, and a map that can be zoomed and asked. */
export async function mapFigure({title, map, labels: known, images}: MapOfPoints): Promise<FigureValue> {
  const [count = 0] = map.shape;
  const labels = known ?? hostTensor('uint8', [count], new Uint8Array(count));
  const [x, y] = [0, 1].map((axis) => Array.from({length: count}, (_, index) => map.data[2 * index + axis] ?? 0)) as [
    number[],
    number[],
  ];
  const classes = Array.from({length: 1 + largest(labels)}, (_, label) => String(label));
  const rounded = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(4)));
  const interactive: Scatter = {
    type: 'scatter',
    x: rounded(x),
    y: rounded(y),
    label: Array.from(labels.data),
    classes,
    ...(images?.dtype === 'uint8' && {sprite: await sprite(images as HostTensor<'uint8'>, count)}),
  };
  return {
    kind: 'figure',
    title,
    alt: `A map of ${count} codes as points, coloured by their ${classes.length} classes.`,
    png: await scatterPlot({title, x, y, label: labels.data, classes}),
    interactive,
  };
}

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
