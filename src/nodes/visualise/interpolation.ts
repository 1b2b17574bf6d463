import {Type} from '@sinclair/typebox';
import {rows as firstRows, hostTensor} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {withNetwork} from '../../networks/evaluate.js';
import {applyInBatches, type Network} from '../../networks/network.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {drawNoise} from '../../training/objectives/generative.js';
import {takenBy, tensorIn, unifyDimensions} from '../agree.js';
import {greyLevels} from '../grey-levels.js';
import {floatsOf} from '../tensors.js';

const params = Type.Object(
  {
    rows: Type.Integer({minimum: 1, maximum: 100, default: 8, description: 'Pairs of noise vectors, or of codes.'}),
    steps: Type.Integer({minimum: 2, maximum: 100, default: 12, description: 'Images a row, the two ends counted.'}),
    split: Type.String({default: 'test', description: 'Where `codes` are taken from, the first of it.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/interpolation',
  summary: 'From one noise vector to another in equal steps, or from the code of one image to that of another: a row a pair.',
  source: 'Radford, Metz, Chintala 2015, arXiv:1511.06434, figure 4',
  example: `walk: {use: visualise/interpolation, in: gan.generator}`,
  params,
  inputs: {
    generator: {kind: 'model', description: 'Noise, or a code, → image [height, width, 1].'},
    codes: {kind: 'embedding', description: 'Codes of images, two a row in their order; noise when not given.', optional: true},
  },
  usesTensors: true,
  drawsRandom: true,
  prepare: (given, {generator, codes}, report) => {
    const {rows, split} = given;
    const {shape, range} = generator.output;
    if (shape.length !== 4 || shape[3] !== 1)
      report({
        path: ['in', 'generator'],
        message: `Expected a generator of images [height, width, 1], got one of [${shape.slice(1).join(', ')}]`,
      });
    if (codes) {
      const ends = tensorIn('codes', 'codes', codes.splits[split], ['examples', 'code']);
      const examples = ends.tensor?.shape[0];
      if (!ends.tensor || (typeof examples === 'number' && examples < 2 * rows))
        report({
          path: ['in', 'codes'],
          message: `Expected a split \`${split}\` with ${2 * rows} codes, two a row, got ${examples ?? 'none'}`,
        });
      unifyDimensions([ends, takenBy('generator', generator, 'code')], report);
    }
    const noise: 'uniform' | 'normal' = generator.inputs['input']?.range ? 'uniform' : 'normal';
    return {...given, noise, range};
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {rows, steps, split, noise, range}, inputs, context: {seed}}) => {
    const codes = inputs.codes && floatsOf(await inputs.codes.split(split), 'codes');
    const images = withNetwork('generator', inputs.generator, (generator) => {
      const ends = codes ? firstRows(codes, 0, 2 * rows).data : drawEnds(generator, noise, 2 * rows, seed);
      const size = ends.length / (2 * rows);
      const between = Float32Array.from({length: rows * steps * size}, (_, at) => {
        const [row, share, index] = [Math.floor(at / (steps * size)), (Math.floor(at / size) % steps) / (steps - 1), at % size];
        const [from, to] = [ends[2 * row * size + index] ?? 0, ends[(2 * row + 1) * size + index] ?? 0];
        return from + share * (to - from);
      });
      const examples = hostTensor('float32', [rows * steps, size], between);
      return applyInBatches((batch) => generator.apply(batch, {mode: 'evaluation'}), examples, 1000);
    });
    const [count = 0, height = 0, width = 0] = images.shape;
    const grey = greyLevels(images, range);
    return {
      figure: {
        kind: 'figure',
        title: codes ? 'From one code to another' : 'From one noise vector to another',
        alt: `${rows} rows of ${steps} generated images; ${codes ? 'the code' : 'noise'} changes evenly from the first of a row to the last.`,
        png: await imageGrid({images: grey, count, height, width, columns: steps, scale: 2}),
      },
    };
  },
});

/** Noise for both ends of each row, float32 [count · size]. */
function drawEnds(generator: Network, kind: 'uniform' | 'normal', count: number, seed: number): Float32Array {
  const step = tf.scalar(0, 'int32');
  const ends = drawNoise(new RandomStream(seed, step), kind, count, generator);
  const values = ends.dataSync() as Float32Array;
  tf.dispose([step, ends]);
  return values;
}
