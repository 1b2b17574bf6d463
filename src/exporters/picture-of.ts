import {type HostTensor, rows, sizeOf} from '../core/host-tensor.js';
import type {DatasetValue, PortType, PortValue, Split, TableValue} from '../core/ports.js';
import {encodeGrey} from '../figures/grey-png.js';
import {greyLevels} from '../nodes/grey-levels.js';

/** Which part of a value is shown; the first split and its tensor of most axes when nothing is said. */
interface Part {
  readonly split?: string;
  readonly tensor?: string;
}

/** Images, rows and columns that a picture shows at most. */
const most = {images: 64, rows: 256, columns: 1024};

/**
 * A PNG of any value: images in a grid, other tensors as a matrix of grey cells (an example a row; black is the smallest value), a
 * network as its largest weights, a table as curves, a figure as itself.
 */
export async function pictureOf(value: PortValue, type: PortType, part: Part = {}): Promise<Uint8Array> {
  switch (value.kind) {
    case 'figure':
      return value.png;
    case 'table':
      return await curvesOf(value);
    case 'model':
      return await matrixPicture(pick(value.weights, part.tensor)[1]);
    case 'dataset':
    case 'embedding':
      return await splitPicture(value, type, part);
    default:
      return value satisfies never;
  }
}

async function splitPicture(value: DatasetValue, type: PortType, {split = value.splitNames[0] ?? '', tensor}: Part) {
  const [name, whole] = pick(await value.split(split), tensor);
  const [count = 0, height = 0, width = 0, channels = 1] = whole.shape;
  if (whole.shape.length < 3 || whole.shape.length > 4 || channels !== 1 || count === 0) return await matrixPicture(whole);
  const images = rows(whole, 0, Math.min(count, most.images));
  const range = 'splits' in type ? type.splits[split]?.[name]?.range : undefined;
  const {imageGrid} = await import('../figures/image-grid.js');
  const shown = images.shape[0] ?? 0;
  const columns = Math.ceil(Math.sqrt(shown));
  return await imageGrid({images: greyLevels(images, range), count: shown, height, width, columns, scale: 2});
}

/** The tensor of this name, or the one with most axes, and of those the largest. */
function pick(tensors: Split, name: string | undefined): readonly [string, HostTensor] {
  const order = ({shape}: HostTensor): number => Math.min(shape.length, 4) * 2 ** 40 + sizeOf(shape);
  const found = Object.entries(tensors)
    .filter(([each]) => name === undefined || each === name)
    .sort(([, a], [, b]) => order(b) - order(a))[0];
  if (!found) throw new Error(`Expected a tensor ${name ?? ''} of ${Object.keys(tensors).join(', ')}`);
  return found;
}

async function matrixPicture({shape, data}: HostTensor): Promise<Uint8Array> {
  const size = data.length;
  const across = shape.length < 2 ? Math.ceil(Math.sqrt(size)) : size / (shape[0] || 1);
  const [height, width] = [Math.min(Math.ceil(size / across), most.rows), Math.min(across, most.columns)];
  if (size === 0) return await encodeGrey(Uint8Array.of(255), 1, 1);
  const kept = Float32Array.from({length: height * width}, (_, at) => data[Math.floor(at / width) * across + (at % width)] ?? 0);
  const finite = kept.filter((value) => Number.isFinite(value));
  const [low, high] = finite.reduce(([a, b], each) => [Math.min(a, each), Math.max(b, each)], [Infinity, -Infinity] as const);
  const cell = Math.max(1, Math.floor(512 / Math.max(width, height)));
  const pixels = new Uint8Array(width * cell * height * cell);
  for (let index = 0; index < pixels.length; index++) {
    const [x, y] = [Math.floor((index % (width * cell)) / cell), Math.floor(index / (width * cell) / cell)];
    const value = kept[y * width + x] ?? 0;
    // what is no number is as white as the largest value
    pixels[index] = Number.isFinite(value) ? Math.round((255 * (value - low)) / (high - low || 1)) : 255;
  }
  return await encodeGrey(pixels, width * cell, height * cell);
}

/** Every column of numbers over `epoch`, or over the row. */
async function curvesOf({columns}: TableValue): Promise<Uint8Array> {
  const {lineCharts} = await import('../figures/charts.js');
  const along = columns['epoch'];
  const panels = Object.entries(columns).flatMap(([name, values]) => {
    const y = values.map((value) => (typeof value === 'number' ? value : Number.NaN));
    if (name === 'epoch' || !y.some((value) => Number.isFinite(value))) return [];
    const series = {name, x: values.map((_, index) => Number(along?.[index] ?? index)), y};
    return [{title: name, xLabel: along ? 'epoch' : 'row', series: [series]}];
  });
  return await lineCharts({title: '', panels});
}
