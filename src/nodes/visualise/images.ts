import {Type} from '@sinclair/typebox';
import {hostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {greyLevels} from '../grey-levels.js';

const params = Type.Object(
  {
    split: Type.String({default: 'train', description: 'Where the images come from.'}),
    count: Type.Integer({minimum: 1, maximum: 1000, default: 100, description: 'Images shown, the first of the split.'}),
    columns: Type.Integer({minimum: 1, maximum: 100, default: 10, description: 'Images a row.'}),
    title: Type.String({default: 'Images', description: 'What stands above them.'}),
  },
  {additionalProperties: false},
);

export const node = defineNodeOld({
  type: 'visualise/images',
  summary: 'The first images of a data set in a grid.',
  example: `grid:
  use: visualise/images
  in: generated
  with: {split: generated, count: 100}`,
  params,
  inputs: {data: {kind: 'dataset', description: 'Splits with `images` [examples, height, width, 1].'}},
  usesTensors: false,
  outputs: ({params: {split}, inputs: {data}, report}) => {
    const images = data.splits[split]?.['images'];
    if (images?.shape.length !== 4 || images.shape[3] !== 1)
      report({
        path: images ? ['in', 'data'] : ['with', 'split'],
        message: images
          ? `Expected \`images\` to be [examples, height, width, 1], got [${images.shape.join(', ')}]`
          : `Expected the data to have a split \`${split}\` with \`images\`, got ${Object.keys(data.splits).join(', ')}`,
      });
    return {figure: {kind: 'figure'}};
  },
  run: async ({params: {split, count: wanted, columns, title}, inputs: {data}, inputTypes}) => {
    const {images} = await data.split(split);
    if (!images) throw new Error(`Expected \`images\` in the split \`${split}\`, got none`);
    const [available = 0, height = 0, width = 0] = images.shape;
    const count = Math.min(wanted, available);
    const first = hostTensor(
      'float32',
      [count, height, width],
      images.data.slice(0, count * sizeOf([height, width])) as Float32Array,
    );
    const grey = greyLevels(first, inputTypes.data.splits[split]?.['images']?.range);
    const png = await imageGrid({images: grey, count, height, width, columns, scale: 2});
    return {figure: {kind: 'figure', title, alt: `The first ${count} images of the split ${split}, ${columns} a row.`, png}};
  },
});
