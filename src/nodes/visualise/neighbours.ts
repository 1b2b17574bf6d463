import {Type} from '@sinclair/typebox';
import {hostTensor, rows, sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {nearestPoints} from '../../numerics/metrics/nearest.js';
import {nearest as nearestKernels} from '../../wasm/kernels/nearest.js';
import {Threads} from '../../wasm/threads.js';
import {agreeOnRange, tensorIn, unifyDimensions} from '../agree.js';
import {generatedImages} from '../generated.js';
import {greyLevels} from '../grey-levels.js';
import {splitWith} from '../split-types.js';
import {flat, floatsOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'train', description: 'Where neighbours are looked for.'}),
    count: Type.Integer({minimum: 1, maximum: 100, default: 12, description: 'Generated images shown, a row each.'}),
    neighbours: Type.Integer({minimum: 1, maximum: 100, default: 9, description: 'Neighbours beside each.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/neighbours',
  summary:
    'Generated images and the real ones nearest to them, by their pixels: whether a generator has learned images by heart.',
  example: `neighbours:
  use: visualise/neighbours
  in: {generated: generated, data: scaled}`,
  params,
  inputs: {
    generated: {kind: 'dataset', description: 'A split `generated` with `images`.'},
    data: {kind: 'dataset', description: 'Splits of real `images`.'},
  },
  usesTensors: false,
  metrics: ['nearestDistance'],
  prepare: (given, {generated, data}, report) => {
    const dimensions = ['height', 'width', 'channels'];
    const split = splitWith(data, given.split, ['images'], report, {path: ['with', 'split'], of: 'the data'});
    const real = tensorIn('data', 'images', split, ['examples', ...dimensions]);
    const made = generatedImages(generated, dimensions, report);
    unifyDimensions([real, made], report);
    agreeOnRange(real, made, report);
    return {...given, range: split?.images.range};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: given, inputs, context: {report}}) => {
    const real = floatsOf(await inputs.data.split(given.split), 'images');
    const made = floatsOf(await inputs.generated.split('generated'), 'images');
    const [, height = 0, width = 0] = made.shape;
    const size = sizeOf(made.shape.slice(1));
    const count = Math.min(given.count, made.shape[0] ?? 0);
    const columns = given.neighbours + 1;
    const shown = new Float32Array(count * columns * size);
    const {indices, distances} = await Threads.use([nearestKernels], (threads) =>
      nearestPoints(threads, flat(real), given.neighbours, {queries: flat(rows(made, 0, count))}),
    );
    let distance = 0;
    for (let row = 0; row < count; row++) {
      const image = made.data.subarray(row * size, (row + 1) * size);
      shown.set(image, row * columns * size);
      for (const [place, index] of indices.subarray(row * given.neighbours, (row + 1) * given.neighbours).entries())
        shown.set(real.data.subarray(index * size, (index + 1) * size), (row * columns + place + 1) * size);
      distance += Math.sqrt(distances[row * given.neighbours] ?? 0) / count;
    }
    report.metrics(0, {nearestDistance: distance});
    const grey = greyLevels(hostTensor('float32', [shown.length], shown), given.range);
    return {
      figure: {
        kind: 'figure',
        title: 'Generated images and their nearest real ones',
        alt: `${count} rows: a generated image, then the ${given.neighbours} images of the split ${given.split} whose pixels are nearest.`,
        png: await imageGrid({
          images: grey,
          count: count * columns,
          height,
          width,
          columns,
          columnTitles: ['made', ...Array.from({length: given.neighbours}, (_, place) => String(place + 1))],
          scale: 2,
        }),
      },
    };
  },
});
