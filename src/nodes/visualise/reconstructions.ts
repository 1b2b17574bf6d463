import {Type} from '@sinclair/typebox';
import {rows} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {decode, encode, withNetwork} from '../../networks/evaluate.js';
import {agreeOnAutoencoder} from '../autoencoder.js';
import {splitWith} from '../split-types.js';
import {floatsOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Where the images come from.'}),
    pairs: Type.Integer({minimum: 1, maximum: 500, default: 40, description: 'Images shown, the first of the split.'}),
    columns: Type.Integer({minimum: 1, maximum: 100, default: 20, description: 'Images a row.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/reconstructions',
  summary: 'Images, and under each what the autoencoder makes of it.',
  example: `reconstructions:
  use: visualise/reconstructions
  in: {data: scaled, encoder: aae.encoder, decoder: aae.decoder}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'Splits with `images` (float32 in 0..1) and `labels`.'},
    encoder: {kind: 'model', description: 'Image → code.'},
    decoder: {kind: 'model', description: 'Code, with the one-hot class when it was trained so, → image.'},
  },
  usesTensors: true,
  prepare: (given, {data, encoder, decoder}, report) => {
    const split = splitWith(data, given.split, [], report, {path: ['with', 'split'], of: 'the data'});
    agreeOnAutoencoder({split, encoder, decoder}, report);
    return given;
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {split, pairs, columns}, inputs}) => {
    const data = await inputs.data.split(split);
    const shown = rows(floatsOf(data, 'images'), 0, pairs);
    const [count = 0, height = 0, width = 0] = shown.shape;
    const pixels = height * width;
    const codes = withNetwork('encoder', inputs.encoder, (encoder) => encode(encoder, shown));
    const reconstructed = withNetwork('decoder', inputs.decoder, (decoder) => decode(decoder, codes, data['labels']));

    const lines = 2 * Math.ceil(count / columns);
    const grid = new Float32Array(lines * columns * pixels);
    for (let index = 0; index < count; index++) {
      const row = Math.floor(index / columns) * 2;
      const place = (line: number): number => ((row + line) * columns + (index % columns)) * pixels;
      grid.set(shown.data.subarray(index * pixels, (index + 1) * pixels), place(0));
      grid.set(reconstructed.data.subarray(index * pixels, (index + 1) * pixels), place(1));
    }
    const png = await imageGrid({
      images: grid,
      count: lines * columns,
      height,
      width,
      columns,
      rowTitles: Array.from({length: lines}, (_, row) => (row % 2 === 0 ? 'image' : 'decoded')),
      rowGroups: 2,
      scale: 2,
    });
    return {
      figure: {
        kind: 'figure',
        title: 'Reconstructions',
        alt: `${count} images of the ${split} split in rows, and under each row what the autoencoder decodes.`,
        png,
      },
    };
  },
});
