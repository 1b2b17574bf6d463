import {Type} from '@sinclair/typebox';
import {rows as firstRows, type HostTensor, hostTensor} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import type {Architecture} from '../../networks/architecture.js';
import {applyInBatches, Network} from '../../networks/network.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {drawNoise} from '../../training/objectives/generative.js';
import {unifyDimensions} from '../agree.js';
import {greyLevels} from '../grey-levels.js';

const params = Type.Object(
  {
    rows: Type.Integer({minimum: 1, maximum: 100, default: 8, description: 'Pairs of noise vectors, or of codes.'}),
    steps: Type.Integer({minimum: 2, maximum: 100, default: 12, description: 'Images a row, the two ends counted.'}),
    split: Type.String({default: 'test', description: 'Where `codes` are taken from, the first of it.'}),
  },
  {additionalProperties: false},
);

export const node = defineNodeOld({
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
  outputs: ({params: {rows, split}, inputs: {generator, codes}, report}) => {
    const {shape} = generator.output;
    if (shape.length !== 4 || shape[3] !== 1)
      report({
        path: ['in', 'generator'],
        message: `Expected a generator of images [height, width, 1], got one of [${shape.slice(1).join(', ')}]`,
      });
    if (codes) {
      const given = codes.splits[split]?.['codes'];
      const examples = given?.shape[0];
      if (!given || (typeof examples === 'number' && examples < 2 * rows))
        report({
          path: ['in', 'codes'],
          message: `Expected a split \`${split}\` with ${2 * rows} codes, two a row, got ${given ? examples : 'none'}`,
        });
      const taken = {
        path: ['in', 'generator'],
        what: 'what `generator` takes',
        tensor: generator.inputs['input'],
        names: ['batch', 'code'],
      };
      unifyDimensions([{path: ['in', 'codes'], what: '`codes`', tensor: given, names: ['examples', 'code']}, taken], report);
    }
    return {figure: {kind: 'figure'}};
  },
  run: async ({params: {rows, steps, split}, inputs, inputTypes, seed}) => {
    const generator = Network.restore('generator', inputs.generator.architecture as Architecture, inputs.generator.weights);
    const uniform = inputTypes.generator.inputs['input']?.range !== undefined;
    const codes = inputs.codes && ((await inputs.codes.split(split))['codes'] as HostTensor<'float32'>);
    const drawn = codes
      ? firstRows(codes, 0, 2 * rows).data
      : drawEnds(generator, uniform ? 'uniform' : 'normal', 2 * rows, seed);
    const size = drawn.length / (2 * rows);
    const noise = Float32Array.from({length: rows * steps * size}, (_, at) => {
      const [row, share, index] = [Math.floor(at / (steps * size)), (Math.floor(at / size) % steps) / (steps - 1), at % size];
      const [from, to] = [drawn[2 * row * size + index] ?? 0, drawn[(2 * row + 1) * size + index] ?? 0];
      return from + share * (to - from);
    });
    const images = applyInBatches(
      (batch) => generator.apply(batch, {mode: 'evaluation'}),
      hostTensor('float32', [rows * steps, size], noise),
      1000,
    );
    generator.dispose();
    const [count = 0, height = 0, width = 0] = images.shape;
    const grey = greyLevels(images, inputTypes.generator.output.range);
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
