import {Type} from '@sinclair/typebox';
import {type HostTensor, rows} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import {captionedGrid} from '../../figures/captioned-grid.js';
import {nearestPoints} from '../../numerics/metrics/nearest.js';
import {unitRows} from '../../numerics/metrics/retrieval.js';
import {nearest as nearestKernels} from '../../wasm/kernels/nearest.js';
import {Threads} from '../../wasm/threads.js';
import {unifyDimensions} from '../agree.js';
import {greyLevels} from '../grey-levels.js';

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

export const node = defineNodeOld({
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
  outputs: ({params: {queries, gallery}, inputs: {codes, data}, report}) => {
    if (queries === gallery)
      report({
        path: ['with', 'gallery'],
        message: `Expected \`gallery\` to be another split than \`queries\`, got \`${gallery}\` for both`,
      });
    for (const split of [queries, gallery]) {
      const [vectors, images] = [codes.splits[split]?.['codes'], data.splits[split]?.['images']];
      if (!vectors) report({path: ['in', 'codes'], message: `Expected a split \`${split}\` with \`codes\`, got none`});
      if (!images) report({path: ['in', 'data'], message: `Expected a split \`${split}\` with \`images\`, got none`});
      unifyDimensions(
        [
          {path: ['in', 'codes'], what: '`codes`', tensor: vectors, names: ['examples', 'dimensions']},
          {path: ['in', 'data'], what: '`images`', tensor: images, names: ['examples', 'height', 'width', 'channels']},
        ],
        report,
      );
    }
    return {figure: {kind: 'figure'}};
  },
  run: async ({params: given, inputs, inputTypes}) => {
    const codesOf = async (split: string): Promise<HostTensor<'float32'>> => {
      const codes = (await inputs.codes.split(split))['codes'] as HostTensor<'float32'>;
      return given.distance === 'cosine' ? unitRows(codes) : codes;
    };
    const [gallery, asked] = [await codesOf(given.gallery), rows(await codesOf(given.queries), 0, given.count)];
    const nearest = Math.min(given.nearest, gallery.shape[0] ?? 0);
    const {indices} = await Threads.use([nearestKernels], (threads) =>
      nearestPoints(threads, gallery, nearest, {queries: asked}),
    );
    const show = async (split: string) => {
      const {images, labels} = await inputs.data.split(split);
      const type = inputTypes.data.splits[split];
      return (index: number, caption: (name: string) => readonly string[]) => {
        const grey = greyLevels(rows(images as HostTensor, index, index + 1), type?.['images']?.range);
        const label = labels?.data[index];
        const name = label === undefined ? String(index) : (type?.['labels']?.classes?.[label] ?? String(label));
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
