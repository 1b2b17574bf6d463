import {Type} from '@sinclair/typebox';
import {type HostTensor, rows} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {captionedGrid} from '../../figures/captioned-grid.js';
import {nearestPoints} from '../../numerics/metrics/nearest.js';
import {unitRows} from '../../numerics/metrics/retrieval.js';
import {nearest as nearestKernels} from '../../wasm/kernels/nearest.js';
import {Threads} from '../../wasm/threads.js';
import {tensorIn, unifyDimensions} from '../agree.js';
import {className} from '../classes.js';
import {greyLevels} from '../grey-levels.js';
import {splitWith} from '../split-types.js';
import {floatsOf, tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    queries: Type.String({default: 'test', description: 'The split whose first examples are asked for.'}),
    gallery: Type.String({default: 'train', description: 'The split that is searched, another one.'}),
    distance: Type.Union([Type.Literal('euclidean'), Type.Literal('cosine')], {
      default: 'euclidean',
      description: 'What is near.',
    }),
    count: Type.Integer({minimum: 1, maximum: 100, default: 12, description: 'Queries shown, a row each.'}),
    nearest: Type.Integer({minimum: 1, maximum: 50, default: 9, description: 'Neighbours beside each.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/retrieval',
  summary: 'Queries and what is nearest to them by their codes, as pictures with their classes.',
  example: `found:
  use: visualise/retrieval
  in: {codes: codes, data: digits}`,
  params,
  inputs: {
    codes: {kind: 'embedding', description: 'Codes of both splits.'},
    data: {kind: 'dataset', description: 'The same examples as `images`, with `labels` if there are any.'},
  },
  usesTensors: false,
  prepare: (given, {codes, data}, report) => {
    const {queries, gallery} = given;
    if (queries === gallery)
      report({
        path: ['with', 'gallery'],
        message: `Expected \`gallery\` to be another split than \`queries\`, got \`${gallery}\` for both`,
      });
    for (const split of [queries, gallery]) {
      const vectors = splitWith(codes, split, ['codes'], report, {path: ['in', 'codes']});
      const pictures = splitWith(data, split, ['images'], report, {path: ['in', 'data']});
      unifyDimensions(
        [
          tensorIn('codes', 'codes', vectors, ['examples', 'dimensions']),
          tensorIn('data', 'images', pictures, ['examples', 'height', 'width', 'channels']),
        ],
        report,
      );
    }
    return {...given, types: data.splits};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {types, ...given}, inputs}) => {
    const codesOf = async (split: string): Promise<HostTensor<'float32'>> => {
      const codes = floatsOf(await inputs.codes.split(split), 'codes');
      return given.distance === 'cosine' ? unitRows(codes) : codes;
    };
    const [gallery, asked] = [await codesOf(given.gallery), rows(await codesOf(given.queries), 0, given.count)];
    const nearest = Math.min(given.nearest, gallery.shape[0] ?? 0);
    const {indices} = await Threads.use([nearestKernels], (threads) =>
      nearestPoints(threads, gallery, nearest, {queries: asked}),
    );
    const show = async (split: string) => {
      const data = await inputs.data.split(split);
      const images = tensorOf(data, 'images');
      return (index: number, caption: (name: string) => readonly string[]) => {
        const grey = greyLevels(rows(images, index, index + 1), types[split]?.['images']?.range);
        const name = className(types[split]?.['labels'], data['labels']?.data[index] ?? index);
        return {pixels: Uint8Array.from(grey, (value) => Math.round(255 * value)), caption: caption(name)};
      };
    };
    const [query, found] = [await show(given.queries), await show(given.gallery)];
    const count = asked.shape[0] ?? 0;
    const images = Array.from({length: count}, (_, row) => [
      query(row, (name) => [`query: ${name}`]),
      ...Array.from(indices.subarray(row * nearest, (row + 1) * nearest), (index, place) =>
        found(index, (name) => [name, `nearest ${place + 1}`]),
      ),
    ]).flat();
    const [, height = 0, width = 0] = (await inputs.data.split(given.queries))['images']?.shape ?? [];
    const title = `Nearest by ${given.distance} distance of codes`;
    return {
      figure: {
        kind: 'figure',
        title,
        alt: `${count} rows: an image of the split ${given.queries}, then the ${nearest} of ${given.gallery} whose codes are nearest.`,
        png: await captionedGrid({title, images, height, width, columns: nearest + 1}),
      },
    };
  },
});
