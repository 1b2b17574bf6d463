import {Type} from '@sinclair/typebox';
import {rows, sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {decodeEach, withNetwork} from '../../networks/evaluate.js';
import {agreeOnRange, givenBy, tensorIn, unifyDimensions} from '../agree.js';
import {categoriesBeside} from '../categories.js';
import {floatsOf} from '../tensors.js';

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

export const node = defineNode({
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
  prepare: (given, {data, codes, decoder}, report) => {
    const pixels = tensorIn('data', 'images', data.splits[given.split], ['examples', '...shape']);
    const styles = codes.splits[given.split]?.['codes'];
    for (const [port, found] of Object.entries({data: pixels.tensor, codes: styles}))
      if (!found) report({path: ['in', port], message: `Expected a split \`${given.split}\`, got none`});
    const decoded = givenBy('decoder', decoder, '...shape');
    unifyDimensions([pixels, decoded], report);
    agreeOnRange(pixels, decoded, report);
    return {...given, classes: categoriesBeside(styles, decoder, report) ?? 0};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {classes, ...given}, inputs}) => {
    const images = rows(floatsOf(await inputs.data.split(given.split), 'images'), 0, given.count);
    const [count = 0, height = 0, width = 0] = images.shape;
    const styles = rows(floatsOf(await inputs.codes.split(given.split), 'codes'), 0, count);
    const decoded = withNetwork('decoder', inputs.decoder, (decoder) => decodeEach(decoder, styles));
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
