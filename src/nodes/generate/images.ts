import {Type} from '@sinclair/typebox';
import type {Architecture} from '../../models/architecture.js';
import {drawNoise} from '../../models/generative-losses.js';
import {applyInBatches, Network} from '../../models/network.js';
import {hostTensor} from '../../tensor/host-tensor.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineNode} from '../define-node.js';

const params = Type.Object(
  {
    count: Type.Integer({minimum: 1, maximum: 1_000_000, default: 10_000, description: 'Images to make.'}),
    distribution: Type.Union([Type.Literal('uniform'), Type.Literal('normal')], {
      default: 'uniform',
      description: 'Of the noise, as in training.',
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
  outputs: ({params: {count, distribution}, inputs: {generator}, report}) => {
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
    const {shape, range} = generator.output;
    const images = {dtype: 'float32', shape: [count, ...shape.slice(1)], ...(range && {range})} as const;
    return {images: {kind: 'dataset', splits: {generated: {images}}}};
  },
  run: async ({params: {count, distribution}, inputs, seed}) => {
    const generator = Network.restore('generator', inputs.generator.architecture as Architecture, inputs.generator.weights);
    const step = tf.scalar(0, 'int32');
    const drawn = drawNoise(new RandomStream(seed, step), distribution, count, generator);
    const noise = hostTensor('float32', drawn.shape, (await drawn.data()) as Float32Array);
    tf.dispose([step, drawn]);
    const images = applyInBatches((batch) => generator.apply(batch, {mode: 'evaluation'}), noise, 1000);
    generator.dispose();
    return {images: {kind: 'dataset', splitNames: ['generated'], split: async () => ({images})}};
  },
});
