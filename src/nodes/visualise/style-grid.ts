import {Type} from '@sinclair/typebox';
import {imageGrid} from '../../figures/image-grid.js';
import type {Architecture} from '../../models/architecture.js';
import {decode} from '../../models/autoencoder.js';
import {showShape} from '../../models/layer.js';
import {Network} from '../../models/network.js';
import {measureStroke, rankCorrelation} from '../../models/strokes.js';
import {type HostTensor, hostTensor, sizeOf} from '../../tensor/host-tensor.js';
import {checkDecoderInput} from '../agree.js';
import {defineNode} from '../define-node.js';
import type {ModelType} from '../ports.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Codes of this split say where the middle is and how far codes spread.'}),
    dimensions: Type.Optional(
      Type.Array(Type.Integer({minimum: 0}), {
        minItems: 2,
        maxItems: 2,
        description: 'The two dimensions of the code to move; found by measuring ink and slant when not given.',
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
  outputs: ({params: {split, dimensions}, inputs: {decoder, codes}, report}) => {
    const tensors = codes.splits[split];
    const size = tensors?.['codes']?.shape[1];
    if (!tensors?.['labels'] || typeof size !== 'number')
      report({
        path: ['with', 'split'],
        message: `Expected the codes to have a labelled split \`${split}\`, got ${Object.keys(codes.splits).join(', ')}`,
      });
    for (const [index, dimension] of (dimensions ?? []).entries())
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
    const told = {path: ['in', 'decoder'], what: '`decoder`', tensor: decoder.inputs['input'], names: ['batch', 'code']};
    const code = {path: ['in', 'codes'], what: '`codes`', tensor: tensors?.['codes'], names: ['examples', 'code']};
    checkDecoderInput(told, code, tensors?.['labels'], report);
    return {figure: {kind: 'figure'}};
  },
  run: async ({params: given, inputs, inputTypes, report}) => {
    const {codes, labels} = (await inputs.codes.split(given.split)) as {codes: HostTensor<'float32'>; labels: HostTensor};
    const classes = (inputTypes.codes.splits[given.split]?.['labels']?.range?.[1] ?? 9) + 1;
    const decoder = Network.restore('decoder', inputs.decoder.architecture as Architecture, inputs.decoder.weights);
    const grid = moveDimensions(decoder, inputTypes.decoder, {codes, labels, classes, steps: given.steps, spread: given.spread});
    decoder.dispose();

    const [thickness, slant] = given.dimensions ?? [strongest(grid, 'ink'), strongest(grid, 'slant')];
    const chosen = [thickness, slant].flatMap((dimension) => grid[dimension ?? 0] ?? []);
    const figures = {
      thicknessDimension: thickness ?? 0,
      thicknessRankCorrelation: meanRankCorrelation(grid[thickness ?? 0] ?? [], 'ink'),
      slantDimension: slant ?? 0,
      slantRankCorrelation: meanRankCorrelation(grid[slant ?? 0] ?? [], 'slant'),
    };
    report.metrics(0, figures);
    const [height = 0, width = 0] = inputs.decoder.architecture ? decoderImage(inputTypes.decoder) : [];
    const step = (index: number): string =>
      `${((2 * index) / (given.steps - 1) - 1) * given.spread >= 0 ? '+' : ''}${(((2 * index) / (given.steps - 1) - 1) * given.spread).toFixed(1)}σ`;
    const png = await imageGrid({
      images: concatenate(chosen.flatMap((row) => row.images)),
      count: chosen.length * classes,
      height,
      width,
      columns: classes,
      columnTitles: Array.from({length: classes}, (_, digit) => String(digit)),
      rowTitles: chosen.map((_, row) => `${row < given.steps ? `z${thickness}` : `z${slant}`} ${step(row % given.steps)}`),
      rowGroups: given.steps,
      scale: 2,
    });
    const title = `Styles: dimension ${thickness} (thickness), then ${slant} (slant)`;
    return {
      figure: {
        kind: 'figure',
        title,
        alt: `Decoded digits 0 to ${classes - 1} in columns; the first ${given.steps} rows move dimension ${thickness} of the code, the next ${given.steps} dimension ${slant}.`,
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

const decoderImage = (decoder: ModelType): readonly number[] => decoder.output.shape.slice(1) as number[];

/** For each dimension of the code, a row a step: the class's middle with that dimension moved from −spread to +spread deviations. */
function moveDimensions(
  decoder: Network,
  type: ModelType,
  given: {codes: HostTensor<'float32'>; labels: HostTensor; classes: number; steps: number; spread: number},
): Row[][] {
  const {codes, labels, classes, steps, spread} = given;
  const [count = 0, size = 0] = codes.shape;
  const told = (type.inputs['input']?.shape[1] as number) - size;
  const centres = classCentres(codes, labels, classes, told > 0);
  const deviations = Array.from({length: size}, (_, dimension) => {
    const column = Float64Array.from({length: count}, (_, index) => codes.data[index * size + dimension] ?? 0);
    const mean = column.reduce((sum, value) => sum + value, 0) / count;
    return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  });
  const moved = new Float32Array(size * steps * classes * size);
  const digits = new Uint8Array(size * steps * classes);
  for (let example = 0; example < digits.length; example++) {
    const [dimension, step, digit] = [
      Math.floor(example / (steps * classes)),
      Math.floor(example / classes) % steps,
      example % classes,
    ];
    moved.set(centres[digit] ?? [], example * size);
    const offset = ((2 * step) / (steps - 1) - 1) * spread * (deviations[dimension] ?? 0);
    moved[example * size + dimension] = (moved[example * size + dimension] ?? 0) + offset;
    digits[example] = digit;
  }
  const decoded = decode(
    decoder,
    hostTensor('float32', [digits.length, size], moved),
    told > 0 ? hostTensor('uint8', [digits.length], digits) : undefined,
    told,
  );
  const [height = 0, width = 0] = decoderImage(type);
  const pixels = sizeOf([height, width]);
  const image = (example: number): Float32Array => decoded.data.subarray(example * pixels, (example + 1) * pixels);
  return Array.from({length: size}, (_, dimension) =>
    Array.from({length: steps}, (_, step) => {
      const images = Array.from({length: classes}, (_, digit) => image((dimension * steps + step) * classes + digit));
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

/** The dimension that moves a measure most monotonically and furthest: mean over classes of |rank correlation| · |last − first|. */
function strongest(grid: readonly (readonly Row[])[], measure: Measure): number {
  const strengths = grid.map((rows) => {
    const digits = rows[0]?.[measure].length ?? 0;
    const effect = Array.from({length: digits}, (_, digit) =>
      Math.abs((rows.at(-1)?.[measure][digit] ?? 0) - (rows[0]?.[measure][digit] ?? 0)),
    );
    return Math.abs(meanRankCorrelation(rows, measure)) * (effect.reduce((sum, value) => sum + value, 0) / Math.max(digits, 1));
  });
  return strengths.indexOf(Math.max(...strengths));
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
