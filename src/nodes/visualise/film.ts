import {Type} from '@sinclair/typebox';
import {sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {film} from '../../figures/film.js';
import {imageGrid} from '../../figures/image-grid.js';
import {greyLevels} from '../grey-levels.js';
import {tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    columns: Type.Optional(Type.Integer({minimum: 1, maximum: 100, description: 'Images a row; a square when not given.'})),
    frameMilliseconds: Type.Integer({minimum: 20, maximum: 60_000, default: 120, description: 'How long a frame is shown.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/film',
  summary: 'What a generator made of the same noise while it learned, as a film.',
  example: `film: {use: visualise/film, in: gan.snapshots}`,
  params,
  inputs: {snapshots: {kind: 'dataset', description: 'A split `snapshots` with `images` [snapshots, count, height, width, 1].'}},
  usesTensors: false,
  prepare: (given, {snapshots}, report) => {
    const images = snapshots.splits['snapshots']?.['images'];
    if (images?.shape.length !== 5 || images.shape[4] !== 1)
      report({
        path: ['in', 'snapshots'],
        message: `Expected a split \`snapshots\` with \`images\` [snapshots, count, height, width, 1], got ${images ? `[${images.shape.join(', ')}]` : 'none'}`,
        hint: '`train/gan` gives them.',
      });
    return {...given, range: images?.range};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: given, inputs: {snapshots}}) => {
    const split = await snapshots.split('snapshots');
    const [images, steps] = [tensorOf(split, 'images'), split['steps']?.data];
    const [count = 0, each = 0, height = 0, width = 0] = images.shape;
    const frames = greyLevels(images, given.range);
    const columns = given.columns ?? Math.ceil(Math.sqrt(each));
    const layout = {height, width, columns};
    const last = frames.subarray((count - 1) * sizeOf([each, height, width]));
    return {
      figure: {
        kind: 'figure',
        title: 'Samples while it learns',
        alt: `${each} generated images after step ${steps?.[0]} to ${steps?.[count - 1]}, always from the same noise; the still picture shows the last.`,
        png: await imageGrid({images: last, count: each, ...layout, scale: 2}),
        film: await film({
          frames,
          count,
          images: each,
          ...layout,
          frameMilliseconds: given.frameMilliseconds,
          lastMilliseconds: 3000,
        }),
      },
    };
  },
});
