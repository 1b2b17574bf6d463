import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor, rows, sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {decodeEach, withNetwork} from '../../networks/evaluate.js';
import {categoriesBeside} from '../categories.js';
import {floatsOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Where styles come from.'}),
    styles: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 12,
      description: 'Styles along a row, those of the first examples.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/cluster-heads',
  summary: 'A row a category: its head, decoded with the mean of all styles, then the same category in other styles.',
  source: 'Makhzani et al. 2015, section 6, figure 9',
  example: `heads:
  use: visualise/cluster-heads
  in: {codes: codes, decoder: aae.decoder}`,
  params,
  inputs: {
    codes: {kind: 'embedding', description: 'Styles: codes without category.'},
    decoder: {kind: 'model', description: 'Style and one-hot category → image [height, width, 1].'},
  },
  usesTensors: true,
  prepare: (given, {codes, decoder}, report) => {
    const styles = codes.splits[given.split]?.['codes'];
    if (!styles) report({path: ['in', 'codes'], message: `Expected a split \`${given.split}\`, got none`});
    return {...given, categories: categoriesBeside(styles, decoder, report) ?? 0};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {split, categories, ...given}, inputs}) => {
    const styles = withMean(floatsOf(await inputs.codes.split(split), 'codes'), given.styles);
    const decoded = withNetwork('decoder', inputs.decoder, (decoder) => decodeEach(decoder, styles));
    const [, height = 0, width = 0] = decoded.shape;
    const [columns = 0, pixels] = [styles.shape[0], sizeOf([height, width])];
    const grid = new Float32Array(decoded.data.length);
    for (let style = 0; style < columns; style++)
      for (let category = 0; category < categories; category++) {
        const from = (style * categories + category) * pixels;
        grid.set(decoded.data.subarray(from, from + pixels), (category * columns + style) * pixels);
      }
    return {
      figure: {
        kind: 'figure',
        title: 'Cluster heads',
        alt: `${categories} rows, one a category: decoded with the mean style, then with ${columns - 1} styles of the ${split} split.`,
        png: await imageGrid({
          images: grid,
          count: columns * categories,
          height,
          width,
          columns,
          columnTitles: ['head', ...Array.from({length: columns - 1}, (_, index) => String(index + 1))],
          rowTitles: Array.from({length: categories}, (_, category) => String(category)),
          scale: 2,
        }),
      },
    };
  },
});

/** The mean of all codes, then the first `count` of them. */
function withMean(codes: HostTensor<'float32'>, count: number): HostTensor<'float32'> {
  const [examples = 0, size = 0] = codes.shape;
  const mean = new Float64Array(size);
  for (const [at, value] of codes.data.entries()) mean[at % size] = (mean[at % size] ?? 0) + value / examples;
  const first = rows(codes, 0, count);
  return hostTensor('float32', [1 + (first.shape[0] ?? 0), size], Float32Array.of(...mean, ...first.data));
}
