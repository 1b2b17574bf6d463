import {Type} from '@sinclair/typebox';
import {rows} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {greyLevels} from '../grey-levels.js';
import {tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'train', description: 'Where the images come from.'}),
    count: Type.Integer({minimum: 1, maximum: 1000, default: 100, description: 'Images shown, the first of the split.'}),
    columns: Type.Integer({minimum: 1, maximum: 100, default: 10, description: 'Images a row.'}),
    title: Type.String({default: 'Images', description: 'What stands above them.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/images',
  summary: 'The first images of a data set in a grid.',
  example: `grid:
  use: visualise/images
  in: generated
  with: {split: generated, count: 100}`,
  params,
  inputs: {data: {kind: 'dataset', description: 'Splits with `images` [examples, height, width, 1].'}},
  usesTensors: false,
  prepare: (given, {data}, report) => {
    const {split} = given;
    const images = data.splits[split]?.['images'];
    if (images?.shape.length !== 4 || images.shape[3] !== 1)
      report({
        path: images ? ['in', 'data'] : ['with', 'split'],
        message: images
          ? `Expected \`images\` to be [examples, height, width, 1], got [${images.shape.join(', ')}]`
          : `Expected the data to have a split \`${split}\` with \`images\`, got ${Object.keys(data.splits).join(', ')}`,
      });
    return {...given, range: images?.range};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {split, count: wanted, columns, title, range}, inputs: {data}}) => {
    const images = rows(tensorOf(await data.split(split), 'images'), 0, wanted);
    const [count = 0, height = 0, width = 0] = images.shape;
    const grey = greyLevels(images, range);
    const png = await imageGrid({images: grey, count, height, width, columns, scale: 2});
    return {figure: {kind: 'figure', title, alt: `The first ${count} images of the split ${split}, ${columns} a row.`, png}};
  },
});
