import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import type {Architecture} from '../../networks/architecture.js';
import {decode, encode} from '../../networks/evaluate.js';
import {Network} from '../../networks/network.js';
import {agreeOnRange, checkDecoderInput, unifyDimensions} from '../agree.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Where the images come from.'}),
    pairs: Type.Integer({minimum: 1, maximum: 500, default: 40, description: 'Images shown, the first of the split.'}),
    columns: Type.Integer({minimum: 1, maximum: 100, default: 20, description: 'Images a row.'}),
  },
  {additionalProperties: false},
);

export const node = defineNodeOld({
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
  outputs: ({params: {split}, inputs: {data, encoder, decoder}, report}) => {
    if (!data.splits[split])
      report({
        path: ['with', 'split'],
        message: `Expected the data to have a split \`${split}\`, got ${Object.keys(data.splits).join(', ')}`,
      });
    const {images, labels} = data.splits[split] ?? {};
    const pixels = {path: ['in', 'data'], what: '`images`', tensor: images, names: ['examples', '...shape']};
    const taken = {
      path: ['in', 'encoder'],
      what: 'what `encoder` takes',
      tensor: encoder.inputs['input'],
      names: ['batch', '...shape'],
    };
    const given = {path: ['in', 'decoder'], what: 'what `decoder` gives', tensor: decoder.output, names: ['batch', '...shape']};
    const code = {path: ['in', 'encoder'], what: 'what `encoder` gives', tensor: encoder.output, names: ['batch', 'code']};
    unifyDimensions([pixels, taken, given, code], report);
    agreeOnRange(pixels, given, report);
    checkDecoderInput({...given, what: '`decoder`', tensor: decoder.inputs['input']}, code, labels, report);
    return {figure: {kind: 'figure'}};
  },
  run: async ({params: {split, pairs, columns}, inputs, inputTypes}) => {
    const data = await inputs.data.split(split);
    const images = data['images'] as HostTensor<'float32'>;
    const [available = 0, height = 0, width = 0] = images.shape;
    const count = Math.min(pairs, available);
    const pixels = height * width;
    const shown = hostTensor('float32', [count, ...images.shape.slice(1)], images.data.subarray(0, count * pixels));
    const encoder = Network.restore('encoder', inputs.encoder.architecture as Architecture, inputs.encoder.weights);
    const decoder = Network.restore('decoder', inputs.decoder.architecture as Architecture, inputs.decoder.weights);
    const codes = encode(encoder, shown);
    const told = (inputTypes.decoder.inputs['input']?.shape[1] as number) - (codes.shape[1] ?? 0);
    const labels =
      told > 0 ? hostTensor('uint8', [count], (data['labels'] as HostTensor<'uint8'>).data.subarray(0, count)) : undefined;
    const reconstructed = decode(decoder, codes, labels, told);
    encoder.dispose();
    decoder.dispose();

    const rows = Math.ceil(count / columns);
    const grid = new Float32Array(rows * 2 * columns * pixels);
    for (let index = 0; index < count; index++) {
      const row = Math.floor(index / columns) * 2;
      const place = (line: number): number => ((row + line) * columns + (index % columns)) * pixels;
      grid.set(shown.data.subarray(index * pixels, (index + 1) * pixels), place(0));
      grid.set(reconstructed.data.subarray(index * pixels, (index + 1) * pixels), place(1));
    }
    const png = await imageGrid({
      images: grid,
      count: rows * 2 * columns,
      height,
      width,
      columns,
      rowTitles: Array.from({length: rows * 2}, (_, row) => (row % 2 === 0 ? 'image' : 'decoded')),
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
