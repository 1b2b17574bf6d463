import {Type} from '@sinclair/typebox';
import {defineNode} from '../../core/node.js';
import type {Split, SplitType, TensorType} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {gaussianPyramids, pyramidColumns} from '../../numerics/gaussian-pyramid.js';
import {pyramid as pyramidKernels} from '../../wasm/kernels/pyramid.js';
import {Threads} from '../../wasm/threads.js';
import {labelsOf, tensorOf} from '../tensors.js';

const params = Type.Object({}, {additionalProperties: false});

/** Features of images, whose range they keep: each is a mean of pixels. */
const featuresOf = ({shape: [examples = 'examples', ...image], range}: TensorType): TensorType => ({
  dtype: 'float32',
  shape: [examples, pyramidColumns(image.map(Number))],
  ...(range && {range}),
});

export const node = defineNode({
  type: 'featurize/gaussian-pyramid',
  summary:
    'Features of images at every scale: each image, then blurred and halved again and again down to one pixel, all joined.',
  source: 'Burt, Adelson: The Laplacian Pyramid as a Compact Image Code, 1983; as `pyramid_gaussian` of scikit-image by default',
  example: `pyramid:
  use: featurize/gaussian-pyramid
  in: scaled`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'Splits with `images` [examples, height, width, channels]; `labels` are passed on.'},
  },
  usesTensors: false,
  prepare: (_params, {data}, report) => {
    const splits: Record<string, SplitType> = {};
    let total = 0;
    for (const [name, {images, labels}] of Object.entries(data.splits)) {
      const [examples, ...image] = images?.shape ?? [];
      total += Number(examples);
      if (images && image.length === 3 && image.every((size) => typeof size === 'number'))
        splits[name] = {features: featuresOf(images), ...(labels && {labels})};
      else
        report({
          path: ['in', 'data'],
          message: `Expected the split \`${name}\` to have \`images\` of shape [examples, height, width, channels], got ${images ? `[${images.shape.join(', ')}]` : 'none'}`,
        });
    }
    return {splits, total};
  },
  outputs: ({splits}) => ({data: {kind: 'dataset', splits}}),
  run: async ({prepared: {total}, inputs: {data}, context: {report}}) => {
    let before = 0;
    const split = async (name: string): Promise<Split> => {
      const given = await packedSplit(data, name);
      const onImages = (done: number): void => report.progress(before + done, total, 'image');
      const features = await Threads.use([pyramidKernels], (threads) =>
        gaussianPyramids(threads, tensorOf(given, 'images'), onImages),
      );
      before += features.shape[0] ?? 0;
      return {features, ...labelsOf(given)};
    };
    return {data: {kind: 'dataset', splitNames: data.splitNames, split}};
  },
});
