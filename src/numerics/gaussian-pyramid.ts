import {affine} from '../core/affine.js';
import {type HostTensor, hostTensor, type PackedTensor, rows, sizeOf} from '../core/host-tensor.js';
import type {Threads} from '../wasm/threads.js';

const downscale = 2;
const deviation = (2 * downscale) / 6;
/** Where scipy's `gaussian_filter` cuts the bell off: at 4 deviations. */
const radius = Math.floor(4 * deviation + 0.5);
/** Images that are copied to where threads see them at a time. */
const batch = 4096;
const imagesAChunk = 4;

/** Heights and widths of all levels, the image itself first: halved, rounded up, down to 1×1. */
export function pyramidLevels(height: number, width: number): readonly (readonly [height: number, width: number])[] {
  const smaller = [Math.ceil(height / downscale), Math.ceil(width / downscale)] as const;
  return [[height, width], ...(height * width > 1 ? pyramidLevels(...smaller) : [])];
}

/** Number of values in all levels of an image [height, width, channels] together: 1,050 for 28×28×1. */
export const pyramidColumns = ([height = 0, width = 0, channels = 1]: readonly number[]): number =>
  pyramidLevels(height, width).reduce((sum, level) => sum + sizeOf(level) * channels, 0);

/**
 * Gaussian pyramids of images, [examples, height, width, channels] → float32 [examples, pyramidColumns]: the image, then each level blurred
 * (σ = 2/3, borders reflected) and halved by linear interpolation, flattened row by row and joined; `pyramid_gaussian` of scikit-image
 * with its defaults, and `channel_axis=-1`. `onImages` hears how many images are done.
 */
export async function gaussianPyramids(
  threads: Threads,
  images: PackedTensor,
  onImages?: (done: number) => void,
): Promise<HostTensor<'float32'>> {
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  const columns = pyramidColumns([height, width, channels]);
  const features = new Float32Array(count * columns);
  const {numbers, weights} = planOf(height, width, channels);
  const plan = threads.integers(numbers.length);
  plan.set(numbers);
  const sharedWeights = threads.floats(weights.length);
  sharedWeights.set(weights);
  const scratch = threads.floats(threads.count * 3 * 4 * height * width * channels);
  const [given, made] = [threads.floats(batch * height * width * channels), threads.floats(batch * columns)];
  for (let start = 0; start < count; start += batch) {
    const part = rows(images, start, start + batch);
    const {scale, offset} = images.affine ?? {scale: 1, offset: 0};
    given.set(affine(part, scale, offset).data);
    const [examples = 0] = part.shape;
    await threads.runInPieces(Math.ceil(examples / imagesAChunk), (first, chunks) => {
      const [from, to] = [first * imagesAChunk * height * width * channels, first * imagesAChunk * columns];
      const left = examples - first * imagesAChunk;
      threads.run('pyramid', chunks, given.subarray(from), made.subarray(to), left, columns, plan, sharedWeights, scratch);
    });
    features.set(made.subarray(0, examples * columns), start * columns);
    onImages?.(start + examples);
  }
  return hostTensor('float32', [count, columns], features);
}

/** A step of the pyramid along one axis as a matrix that is zero but for a few columns beside the diagonal. */
interface Reduction {
  readonly size: number;
  /** First column of each row that is not zero. */
  readonly starts: readonly number[];
  /** From there on, as many for each row. */
  readonly weights: readonly (readonly number[])[];
}

/** All reductions as wasm/pyramid.ts reads them. */
function planOf(height: number, width: number, channels: number): {readonly numbers: number[]; readonly weights: number[]} {
  const levels = pyramidLevels(height, width);
  const reductions = levels.slice(0, -1).flatMap(([down, across]) => [reduction(down), reduction(across)]);
  const numbers = [levels.length, height, width, channels];
  const starts: number[] = [];
  const weights: number[] = [];
  for (const {size, starts: first, weights: rowsOf} of reductions) {
    const taps = rowsOf[0]?.length ?? 0;
    numbers.push(first.length, taps, 4 + 4 * reductions.length + starts.length, weights.length);
    starts.push(...first, size);
    weights.push(...rowsOf.flat());
  }
  return {numbers: [...numbers, ...starts], weights};
}

/** Blur, then linear interpolation at the centres of as many equal parts as half of `size`, rounded up. */
function reduction(size: number): Reduction {
  const outputs = Math.ceil(size / downscale);
  const bell = Array.from({length: 2 * radius + 1}, (_, index) => Math.exp(-0.5 * ((index - radius) / deviation) ** 2));
  const total = bell.reduce((sum, value) => sum + value, 0);
  const dense = Array.from({length: outputs}, (_, output) => {
    const row = new Array<number>(size).fill(0);
    const place = ((output + 0.5) * size) / outputs - 0.5;
    const low = Math.floor(place);
    for (const [pixel, share] of [
      [low, 1 - (place - low)],
      [low + 1, place - low],
    ] as const)
      for (const [index, weight] of bell.entries()) {
        const from = reflect(pixel + index - radius, size);
        row[from] = (row[from] ?? 0) + (share * weight) / total;
      }
    return row;
  });
  const spans = dense.map((row) => [row.findIndex((value) => value > 0), row.findLastIndex((value) => value > 0)] as const);
  const taps = Math.max(...spans.map(([first, last]) => last - first + 1));
  const starts = spans.map(([first]) => Math.min(first, size - taps));
  return {size, starts, weights: dense.map((row, output) => row.slice(starts[output], (starts[output] ?? 0) + taps))};
}

/** Index of the pixel that stands at `index` when a row is mirrored beyond its ends: d c b a | a b c d | d c b a. */
function reflect(index: number, size: number): number {
  const place = ((index % (2 * size)) + 2 * size) % (2 * size);
  return place < size ? place : 2 * size - 1 - place;
}
