import {Type} from '@sinclair/typebox';
import {hostTensor} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {datasetOf} from '../../core/splits.js';
import {withNetwork} from '../../networks/evaluate.js';
import {applyInBatches} from '../../networks/network.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {drawCategories, drawNoise} from '../../training/objectives/generative.js';

const params = Type.Object(
  {
    count: Type.Integer({minimum: 1, maximum: 1_000_000, default: 10_000, description: 'Images to make.'}),
    distribution: Type.Union([Type.Literal('uniform'), Type.Literal('normal')], {
      default: 'uniform',
      description: 'Of the noise, as in training.',
    }),
    deviation: Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description: "Standard deviation of normal noise: an autoencoder's `priorDeviation`.",
    }),
    categories: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'How many values at the end of the noise are a one-hot class, each with the same probability.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'generate/images',
  summary: 'Images that a trained generator makes of noise.',
  example: `generated:
  use: generate/images
  in: gan.generator
  with: {count: 10000}`,
  params,
  inputs: {generator: {kind: 'model', description: 'Noise → image.'}},
  usesTensors: true,
  drawsRandom: true,
  prepare: (given, {generator}, report) => {
    const {count, distribution, categories} = given;
    const noise = generator.inputs['input'];
    const trainedOn = noise?.range ? 'uniform' : 'normal';
    if (noise?.shape.length !== 2)
      report({path: ['in', 'generator'], message: 'Expected a generator that takes a vector of noise, got another model'});
    else if (trainedOn !== distribution)
      report({
        path: ['with', 'distribution'],
        message: `Expected \`distribution: ${trainedOn}\`, with which the generator was trained, got \`${distribution}\``,
        related: [{path: ['in', 'generator'], message: 'the generator comes from here'}],
      });
    const size = noise?.shape[1];
    if (typeof size === 'number' && categories > size)
      report({
        path: ['with', 'categories'],
        message: `Expected \`categories\` to be at most the ${size} values that the generator takes, got ${categories}`,
      });
    const {shape, range} = generator.output;
    return {...given, images: {dtype: 'float32', shape: [count, ...shape.slice(1)], ...(range && {range})} as const};
  },
  outputs: ({images}) => ({images: {kind: 'dataset', splits: {generated: {images}}}}),
  run: async ({prepared: {count, distribution, deviation, categories}, inputs, context: {seed}}) => {
    const images = withNetwork('generator', inputs.generator, (generator) => {
      const drawn = tf.tidy(() => {
        const random = new RandomStream(seed, tf.scalar(0, 'int32'));
        const noise = drawNoise(random, distribution, count, generator, deviation);
        if (categories === 0) return noise;
        const style = tf.slice(noise, [0, 0], [count, (noise.shape[1] ?? 0) - categories]);
        return tf.concat([style, drawCategories(random, count, categories)], 1);
      });
      const noise = hostTensor('float32', drawn.shape, drawn.dataSync() as Float32Array);
      drawn.dispose();
      return applyInBatches((batch) => generator.apply(batch, {mode: 'evaluation'}), noise, 1000);
    });
    return {images: datasetOf({generated: {images}})};
  },
});
