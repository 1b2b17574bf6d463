import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {classesTold, decode, withNetwork} from '../../networks/evaluate.js';
import {showShape} from '../../networks/layer.js';
import type {Network} from '../../networks/network.js';
import {principalAxes} from '../../numerics/pca.js';
import {measureStroke, rankCorrelation} from '../../numerics/strokes.js';
import {checkDecoderInput, tensorIn} from '../agree.js';
import {countClasses} from '../classes.js';
import {floatsOf, tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Codes of this split say where the middle is and how far codes spread.'}),
    dimensions: Type.Optional(
      Type.Union([Type.Array(Type.Integer({minimum: 0}), {minItems: 2, maxItems: 2}), Type.Literal('principal')], {
        description:
          'The two dimensions of the code to move, or `principal`: along its two principal components; found by measuring ink and slant when not given.',
      }),
    ),
    steps: Type.Integer({minimum: 2, maximum: 50, default: 5, description: 'Rows a dimension.'}),
    spread: Type.Number({
      exclusiveMinimum: 0,
      maximum: 10,
      default: 2,
      description: 'How far each dimension is moved, in standard deviations to either side.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/style-grid',
  summary: 'Decoded digits, a column each, while one dimension of the code moves, then another: thickness and slant.',
  source: 'Makhzani et al. 2015, figure 7',
  example: `styles:
  use: visualise/style-grid
  in: {decoder: aae.decoder, codes: codes}
  with: {spread: 2}`,
  params,
  inputs: {
    decoder: {kind: 'model', description: 'Code, with the one-hot class when it was trained so, → image.'},
    codes: {kind: 'embedding', description: 'Codes with `labels`.'},
  },
  usesTensors: true,
  metrics: ['thicknessDimension', 'thicknessRankCorrelation', 'slantDimension', 'slantRankCorrelation'],
  prepare: (given, {decoder, codes}, report) => {
    const {split, dimensions} = given;
    const tensors = codes.splits[split];
    const size = tensors?.['codes']?.shape[1];
    if (!tensors?.['labels'] || typeof size !== 'number')
      report({
        path: ['with', 'split'],
        message: `Expected the codes to have a labelled split \`${split}\`, got ${Object.keys(codes.splits).join(', ')}`,
      });
    for (const [index, dimension] of (Array.isArray(dimensions) ? dimensions : []).entries())
      if (typeof size === 'number' && dimension >= size)
        report({
          path: ['with', 'dimensions', index],
          message: `Expected a dimension between 0 and ${size - 1}, got ${dimension}`,
        });
    if (decoder.output.shape.length !== 4)
      report({
        path: ['in', 'decoder'],
        message: `Expected a decoder that gives images [height, width, 1], got shape ${showShape(decoder.output.shape.slice(1))}`,
      });
    const code = tensorIn('codes', 'codes', tensors, ['examples', 'code']);
    checkDecoderInput(decoder, code, tensors?.['labels'], report);
    const [height = 0, width = 0] = decoder.output.shape.slice(1).map(Number);
    return {...given, classes: countClasses(tensors?.['labels']) ?? 10, height, width};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: given, inputs, context: {report}}) => {
    const {classes, steps, spread, height, width} = given;
    const split = await inputs.codes.split(given.split);
    const codes = floatsOf(split, 'codes');
    const principal = given.dimensions === 'principal';
    const directions = principal ? principalDirections(codes) : dimensionsOf(codes);
    const grid = withNetwork('decoder', inputs.decoder, (decoder) =>
      moveAlong(directions, decoder, {...given, codes, labels: tensorOf(split, 'labels')}),
    );

    const [thickness = 0, slant = 0] = Array.isArray(given.dimensions) ? given.dimensions : strongest(grid, {apart: !principal});
    const moved = principal ? [0, 1] : [thickness, slant];
    const chosen = moved.flatMap((direction) => grid[direction] ?? []);
    report.metrics(0, {
      thicknessDimension: thickness,
      thicknessRankCorrelation: meanRankCorrelation(grid[thickness] ?? [], 'ink'),
      slantDimension: slant,
      slantRankCorrelation: meanRankCorrelation(grid[slant] ?? [], 'slant'),
    });
    const name = (direction: number): string => (principal ? `PC${direction + 1}` : `z${direction}`);
    const step = (index: number): string => {
      const offset = ((2 * index) / (steps - 1) - 1) * spread;
      return `${offset >= 0 ? '+' : ''}${offset.toFixed(1)}σ`;
    };
    const png = await imageGrid({
      images: concatenate(chosen.flatMap((row) => row.images)),
      count: chosen.length * classes,
      height,
      width,
      columns: classes,
      columnTitles: Array.from({length: classes}, (_, digit) => String(digit)),
      rowTitles: chosen.map((_, row) => `${name(moved[Math.floor(row / steps)] ?? 0)} ${step(row % steps)}`),
      rowGroups: steps,
      scale: 2,
    });
    const title = principal
      ? 'Styles: the first principal component of the codes, then the second'
      : `Styles: dimension ${thickness} (thickness), then ${slant} (slant)`;
    const [before, after] = moved.map((direction) =>
      principal ? `principal component ${direction + 1}` : `dimension ${direction}`,
    );
    return {
      figure: {
        kind: 'figure',
        title,
        alt: `Decoded digits 0 to ${classes - 1} in columns; the first ${steps} rows move ${before} of the code, the next ${steps} ${after}.`,
        png,
      },
    };
  },
});

/** One row of the grid: an image a class, all with the same offset, and what the strokes measure. */
interface Row {
  readonly images: readonly Float32Array[];
  readonly ink: readonly number[];
  readonly slant: readonly number[];
}

/** Where a row moves to: a unit vector, and the standard deviation of the codes along it. */
interface Direction {
  readonly along: Float64Array;
  readonly deviation: number;
}

function dimensionsOf(codes: HostTensor<'float32'>): Direction[] {
  const [, size = 0] = codes.shape;
  return Array.from({length: size}, (_, dimension) => {
    const along = new Float64Array(size);
    along[dimension] = 1;
    return {along, deviation: deviationAlong(codes, along)};
  });
}

function principalDirections(codes: HostTensor<'float32'>): Direction[] {
  const {first, second} = principalAxes(codes);
  return [first, second].map((along) => ({along, deviation: deviationAlong(codes, along)}));
}

function deviationAlong(codes: HostTensor<'float32'>, along: Float64Array): number {
  const [count = 0, size = 0] = codes.shape;
  const places = Float64Array.from({length: count}, (_, index) =>
    along.reduce((sum, part, dimension) => sum + part * (codes.data[index * size + dimension] ?? 0), 0),
  );
  const mean = places.reduce((sum, value) => sum + value, 0) / count;
  return Math.sqrt(places.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
}

interface Moves {
  readonly codes: HostTensor<'float32'>;
  readonly labels: HostTensor;
  readonly classes: number;
  readonly steps: number;
  readonly spread: number;
  /** Shape of a decoded image. */
  readonly height: number;
  readonly width: number;
}

/** For each direction, a row a step: the class's middle moved along it from −spread to +spread deviations. */
function moveAlong(
  directions: readonly Direction[],
  decoder: Network,
  {codes, labels, classes, steps, spread, height, width}: Moves,
): Row[][] {
  const [, size = 0] = codes.shape;
  const centres = classCentres(codes, labels, classes, classesTold(decoder, codes) > 0);
  const examples = directions.length * steps * classes;
  const moved = new Float32Array(examples * size);
  const digits = new Uint8Array(examples);
  for (let example = 0; example < examples; example++) {
    const {along, deviation} = directions[Math.floor(example / (steps * classes))] as Direction;
    const [step, digit] = [Math.floor(example / classes) % steps, example % classes];
    const offset = ((2 * step) / (steps - 1) - 1) * spread * deviation;
    for (let dimension = 0; dimension < size; dimension++)
      moved[example * size + dimension] = (centres[digit]?.[dimension] ?? 0) + offset * (along[dimension] as number);
    digits[example] = digit;
  }
  const told = hostTensor('uint8', [digits.length], digits);
  const decoded = decode(decoder, hostTensor('float32', [digits.length, size], moved), told);
  const pixels = sizeOf([height, width]);
  const image = (example: number): Float32Array => decoded.data.subarray(example * pixels, (example + 1) * pixels);
  return directions.map((_, direction) =>
    Array.from({length: steps}, (_, step) => {
      const images = Array.from({length: classes}, (_, digit) => image((direction * steps + step) * classes + digit));
      const strokes = images.map((each) => measureStroke(each, height, width));
      return {images, ink: strokes.map((stroke) => stroke.ink), slant: strokes.map((stroke) => stroke.slant)};
    }),
  );
}

/** Where each class's column starts: the mean of its codes, or of all codes when the decoder is told the class. */
function classCentres(codes: HostTensor<'float32'>, labels: HostTensor, classes: number, shared: boolean): Float64Array[] {
  const [count = 0, size = 0] = codes.shape;
  const centres = Array.from({length: classes}, () => new Float64Array(size));
  const counts = new Array<number>(classes).fill(0);
  for (let index = 0; index < count; index++) {
    for (const digit of shared ? centres.keys() : [labels.data[index] ?? 0]) {
      counts[digit] = (counts[digit] ?? 0) + 1;
      const centre = centres[digit] as Float64Array;
      for (let dimension = 0; dimension < size; dimension++)
        centre[dimension] = (centre[dimension] ?? 0) + (codes.data[index * size + dimension] ?? 0);
    }
  }
  return centres.map((centre, digit) => centre.map((sum) => sum / Math.max(counts[digit] ?? 0, 1)));
}

type Measure = 'ink' | 'slant';

/**
 * The directions that move thickness and slant most monotonically and furthest: the pair with the largest product of mean over classes of
 * |rank correlation| · |last − first|. `apart`: not one for both, where there are two.
 */
function strongest(grid: readonly (readonly Row[])[], {apart}: {readonly apart: boolean}): [thickness: number, slant: number] {
  const [ink, slant] = [grid.map((rows) => strength(rows, 'ink')), grid.map((rows) => strength(rows, 'slant'))];
  let best: [number, number] = [0, 0];
  let most = -1;
  for (const [first, moves] of ink.entries())
    for (const [second, leans] of slant.entries())
      if (moves * leans > most && !(apart && first === second && grid.length > 1)) {
        best = [first, second];
        most = moves * leans;
      }
  return best;
}

function strength(rows: readonly Row[], measure: Measure): number {
  const digits = rows[0]?.[measure].length ?? 0;
  const effect = Array.from({length: digits}, (_, digit) =>
    Math.abs((rows.at(-1)?.[measure][digit] ?? 0) - (rows[0]?.[measure][digit] ?? 0)),
  );
  return Math.abs(meanRankCorrelation(rows, measure)) * (effect.reduce((sum, value) => sum + value, 0) / Math.max(digits, 1));
}

/** Mean over classes of Spearman's correlation between the step and the measure: ±1 when every class moves the same way. */
function meanRankCorrelation(rows: readonly Row[], measure: Measure): number {
  const digits = rows[0]?.[measure].length ?? 0;
  const steps = rows.map((_, step) => step);
  let sum = 0;
  for (let digit = 0; digit < digits; digit++)
    sum += rankCorrelation(
      steps,
      rows.map((row) => row[measure][digit] ?? 0),
    );
  return sum / Math.max(digits, 1);
}

function concatenate(images: readonly Float32Array[]): Float32Array {
  const size = images[0]?.length ?? 0;
  const all = new Float32Array(images.length * size);
  for (const [index, image] of images.entries()) all.set(image, index * size);
  return all;
}
