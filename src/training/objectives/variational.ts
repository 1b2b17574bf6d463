import type * as tfjs from '@tensorflow/tfjs';
import type {PackedTensor} from '../../core/host-tensor.js';
import type {Network} from '../../networks/network.js';
import type {OptimizerConfig} from '../../optimizers/index.js';
import {sigmoidCrossEntropy} from '../../tensor/losses.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {uploadRows} from '../../tensor/upload.js';
import type {Batch, Phase} from '../steps/training-step.js';
import {warmedUp} from '../warm-up.js';

type Mode = 'training' | 'evaluation';

/** How much the divergence weighs: `beta`, after it has risen evenly from 0 in `warmUpSteps` steps. */
export interface DivergenceWeight {
  readonly beta: number;
  readonly warmUpSteps: number;
}

/** Means over the batch, in nats an image. */
export interface ElboParts {
  /** −E[log p(image | code)], a single code drawn for each image. */
  readonly reconstruction: tfjs.Scalar;
  /** Kullback-Leibler divergence of q(code | image) from the standard normal prior. */
  readonly divergence: tfjs.Scalar;
  /** −reconstruction − divergence, a lower bound of log p(image) where pixels are 0 or 1. */
  readonly elbo: tfjs.Scalar;
}

/**
 * The loss of a variational autoencoder, reconstruction + β · divergence. The encoder gives the mean and then the logarithm of the
 * variance of a normal distribution, in each dimension of the code. Source: Kingma and Welling 2013; Higgins et al. 2017 (β).
 */
export class VariationalLoss {
  readonly #encoder: Network;
  readonly #decoder: Network;
  readonly #weight: DivergenceWeight;

  constructor({encoder, decoder}: {readonly encoder: Network; readonly decoder: Network}, weight: DivergenceWeight) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#weight = weight;
  }

  /** A training step: both networks on the one loss. */
  phases(batch: Batch, random: RandomStream, optimizer: OptimizerConfig): readonly Phase[] {
    const [encoder, decoder] = [this.#encoder, this.#decoder];
    return [
      {
        name: 'loss',
        updates: [{variables: [...encoder.variables, ...decoder.variables], optimizer}],
        assigns: [...encoder.averages, ...decoder.averages],
        loss: () => {
          const parts = this.parts(batch['images'] as tfjs.Tensor, 'training', random);
          const beta = warmedUp(this.#weight.beta, this.#weight.warmUpSteps, random);
          return {loss: tf.add(parts.reconstruction, tf.mul(beta, parts.divergence)), figures: {...parts}};
        },
      },
    ];
  }

  /** The two parts of the bound for images in 0..1, float32 [batch, …], and the bound. */
  parts(images: tfjs.Tensor, mode: Mode, random: RandomStream): ElboParts {
    const count = images.shape[0] ?? 0;
    const posterior = this.#encoder.apply(images, {mode, random});
    const [mean, logVariance] = tf.split(posterior, 2, 1) as [tfjs.Tensor, tfjs.Tensor];
    const noise = random.normal(mean.shape);
    const codes = tf.add(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5))));
    const errors = sigmoidCrossEntropy(images, this.#decoder.logits(codes, {mode, random}));
    const reconstruction = tf.div(tf.sum(errors), count) as tfjs.Scalar;
    const excess = tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), 1), logVariance);
    const divergence = tf.div(tf.sum(excess), 2 * count) as tfjs.Scalar;
    return {reconstruction, divergence, elbo: tf.neg(tf.add(reconstruction, divergence))};
  }

  /** The parts on a split without dropout, the mean over its examples. */
  measure(images: PackedTensor, batchSize: number, seed: number): Record<string, number> {
    const count = images.shape[0] ?? 0;
    const totals: Record<string, number> = {};
    for (let start = 0; start < count; start += batchSize) {
      const end = Math.min(start + batchSize, count);
      const values = tf.tidy(() => {
        const random = new RandomStream(seed, tf.scalar(-2 - start, 'int32'));
        const parts = this.parts(uploadRows(images, start, end), 'evaluation', random);
        return Object.entries(parts).map(([name, part]) => [`validation/${name}`, (part as tfjs.Scalar).dataSync()[0]] as const);
      });
      for (const [name, value = Number.NaN] of values) totals[name] = (totals[name] ?? 0) + (value * (end - start)) / count;
    }
    return totals;
  }
}
