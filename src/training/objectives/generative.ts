import type * as tfjs from '@tensorflow/tfjs';
import type {Network} from '../../networks/network.js';
import type {OptimizerConfig} from '../../optimizers/index.js';
import {sigmoidCrossEntropy} from '../../tensor/losses.js';
import type {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import type {Batch, Phase} from '../steps/training-program.js';

interface GenerativeOptions {
  readonly optimizers: Readonly<Record<'generator' | 'discriminator', OptimizerConfig>>;
  readonly noise: 'uniform' | 'normal';
  /** The discriminator's target for real images in place of 1 (one-sided label smoothing; Salimans et al. 2016). */
  readonly realLabel: number;
}

/** Noise for a generator, float32 [count, size]: uniform in −1..1, or normal with mean 0. */
export const drawNoise = (
  random: RandomStream,
  kind: GenerativeOptions['noise'],
  count: number,
  generator: Network,
  deviation = 1,
): tfjs.Tensor => {
  const shape = [count, ...generator.architecture.input];
  return kind === 'uniform' ? random.uniform(shape, -1, 1) : random.normal(shape, 0, deviation);
};

/** One-hot categories, each with the same probability, float32 [count, categories]. */
export const drawCategories = (random: RandomStream, count: number, categories: number): tfjs.Tensor =>
  tf.cast(tf.oneHot(tf.cast(tf.floor(random.uniform([count], 0, categories)), 'int32'), categories), 'float32');

/**
 * A training step of a generative adversarial network: the discriminator on real and generated images together, then the generator
 * towards being taken for real. In both the generator normalises with the batch's own statistics (batch normalisation), so that the
 * discriminator learns to judge the very images that the generator is corrected on. Source: Goodfellow et al. 2014 (with the
 * non-saturating loss), Radford et al. 2015.
 */
export function generativePhases(
  {generator, discriminator}: {readonly generator: Network; readonly discriminator: Network},
  {optimizers, noise, realLabel}: GenerativeOptions,
  batch: Batch,
  random: RandomStream,
): readonly Phase[] {
  const real = batch['images'] as tfjs.Tensor;
  const count = real.shape[0] ?? 0;
  const generated = (): tfjs.Tensor => generator.apply(drawNoise(random, noise, count, generator), {mode: 'training', random});
  const share = (right: tfjs.Tensor): tfjs.Scalar => tf.mean(tf.cast(right, 'float32'));
  return [
    {
      name: 'discriminatorLoss',
      updates: [{variables: discriminator.variables, optimizer: optimizers.discriminator}],
      assigns: [...discriminator.averages, ...generator.averages],
      loss: () => {
        const logits = discriminator.logits(tf.concat([real, generated()]), {mode: 'training', random});
        const truth = tf.concat([tf.fill([count, 1], realLabel), tf.zeros([count, 1])]);
        const [ofReal, ofGenerated] = tf.split(logits, 2) as [tfjs.Tensor, tfjs.Tensor];
        return {
          loss: tf.mean(sigmoidCrossEntropy(truth, logits)),
          figures: {accuracyOnReal: share(tf.greater(ofReal, 0)), accuracyOnGenerated: share(tf.lessEqual(ofGenerated, 0))},
        };
      },
    },
    {
      name: 'generatorLoss',
      updates: [{variables: generator.variables, optimizer: optimizers.generator}],
      assigns: [...generator.averages, ...discriminator.averages],
      loss: () => {
        const logits = discriminator.logits(generated(), {mode: 'training', random});
        return tf.mean(sigmoidCrossEntropy(tf.onesLike(logits), logits));
      },
    },
  ];
}
