import {Type} from '@sinclair/typebox';
import {type HostTensor, rows, sizeOf} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import type {Architecture} from '../../networks/architecture.js';
import {decodeEach} from '../../networks/evaluate.js';
import {Network} from '../../networks/network.js';
import {agreeOnRange, unifyDimensions} from '../agree.js';
import {categoriesBeside} from '../categories.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Where the images come from.'}),
    count: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 12,
      description: 'Images whose style is taken, the first of the split.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNodeOld({
  type: 'visualise/style-transfer',
  summary: 'The style of one real image on every class: a row an image, the image first.',
  source: 'Makhzani et al. 2015, section 4',
  example: `transfer:
  use: visualise/style-transfer
  in: {data: scaled, codes: codes, decoder: aae.decoder}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'Splits with `images`.'},
    codes: {kind: 'embedding', description: 'Their styles: codes without class.'},
    decoder: {kind: 'model', description: 'Style and one-hot class → image [height, width, 1].'},
  },
  usesTensors: true,
  outputs: ({params: {split}, inputs: {data, codes, decoder}, report}) => {
    const [images, styles] = [data.splits[split]?.['images'], codes.splits[split]?.['codes']];
    for (const [port, found] of [
      ['data', images],
      ['codes', styles],
    ] as const)
      if (!found) report({path: ['in', port], message: `Expected a split \`${split}\`, got none`});
    const pixels = {path: ['in', 'data'], what: '`images`', tensor: images, names: ['examples', '...shape']};
    const given = {path: ['in', 'decoder'], what: 'what `decoder` gives', tensor: decoder.output, names: ['batch', '...shape']};
    unifyDimensions([pixels, given], report);
    agreeOnRange(pixels, given, report);
    categoriesBeside(styles, decoder, report);
    return {figure: {kind: 'figure'}};
  },
  run: async ({params: given, inputs, inputTypes}) => {
    const {images} = (await inputs.data.split(given.split)) as {images: HostTensor<'float32'>};
    const {codes} = (await inputs.codes.split(given.split)) as {codes: HostTensor<'float32'>};
    const classes = categoriesBeside(inputTypes.codes.splits[given.split]?.['codes'], inputTypes.decoder) ?? 0;
    const [available = 0, height = 0, width = 0] = images.shape;
    const count = Math.min(given.count, available);
    const decoder = Network.restore('decoder', inputs.decoder.architecture as Architecture, inputs.decoder.weights);
    const decoded = decodeEach(decoder, rows(codes, 0, count), classes);
    decoder.dispose();
    const pixels = sizeOf([height, width]);
    const columns = classes + 1;
    const grid = new Float32Array(count * columns * pixels);
    for (let row = 0; row < count; row++) {
      grid.set(images.data.subarray(row * pixels, (row + 1) * pixels), row * columns * pixels);
      grid.set(decoded.data.subarray(row * classes * pixels, (row + 1) * classes * pixels), (row * columns + 1) * pixels);
    }
    const names = Array.from({length: classes}, (_, index) => String(index));
    return {
      figure: {
        kind: 'figure',
        title: 'The style of one image on every class',
        alt: `${count} rows: an image of the ${given.split} split, then classes 0 to ${classes - 1} decoded with its style.`,
        png: await imageGrid({
          images: grid,
          count: count * columns,
          height,
          width,
          columns,
          columnTitles: ['image', ...names],
          scale: 2,
        }),
      },
    };
  },
});
