import type * as tfjs from '@tensorflow/tfjs';
import type {Network} from '../../networks/network.js';
import type {OptimizerConfig} from '../../optimizers/index.js';
import {sigmoidCrossEntropy} from '../../tensor/losses.js';
import type {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import type {Objective} from '../objective.js';
import type {Batch, Phase} from '../steps/training-program.js';
import {warmedUp} from '../warm-up.js';

type Mode = 'training' | 'evaluation';

type VariationalNetworks = {readonly encoder: Network; readonly decoder: Network};

interface VariationalOptions {
  /** Weight of the divergence, after it has risen evenly from 0 in `warmUpSteps` steps. */
  readonly beta: number;
  readonly warmUpSteps: number;
  readonly optimizer: OptimizerConfig;
}

/** Means over the batch, in nats an image. */
interface ElboParts {
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
export class VariationalObjective implements Objective<VariationalNetworks> {
  readonly networks: VariationalNetworks;
  readonly #options: VariationalOptions;

  constructor(networks: VariationalNetworks, options: VariationalOptions) {
    this.networks = networks;
    this.#options = options;
  }

  /** A training step: both networks on the one loss. */
  phases(batch: Batch, random: RandomStream): readonly Phase[] {
    const {encoder, decoder} = this.networks;
    const {beta, warmUpSteps, optimizer} = this.#options;
    return [
      {
        name: 'loss',
        updates: [{variables: [...encoder.variables, ...decoder.variables], optimizer}],
        assigns: [...encoder.averages, ...decoder.averages],
        loss: () => {
          const parts = this.parts(batch['images'] as tfjs.Tensor, 'training', random);
          const weight = warmedUp(beta, warmUpSteps, random);
          return {loss: tf.add(parts.reconstruction, tf.mul(weight, parts.divergence)), figures: {...parts}};
        },
      },
    ];
  }

  /** The two parts of the bound for images in 0..1, float32 [batch, …], and the bound. */
  parts(images: tfjs.Tensor, mode: Mode, random: RandomStream): ElboParts {
    const count = images.shape[0] ?? 0;
    const posterior = this.networks.encoder.apply(images, {mode, random});
    const [mean, logVariance] = tf.split(posterior, 2, 1) as [tfjs.Tensor, tfjs.Tensor];
    const noise = random.normal(mean.shape);
    const codes = tf.add(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5))));
    const errors = sigmoidCrossEntropy(images, this.networks.decoder.logits(codes, {mode, random}));
    const reconstruction = tf.div(tf.sum(errors), count) as tfjs.Scalar;
    const excess = tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), 1), logVariance);
    const divergence = tf.div(tf.sum(excess), 2 * count) as tfjs.Scalar;
    return {reconstruction, divergence, elbo: tf.neg(tf.add(reconstruction, divergence))};
  }

  /** The parts without dropout. */
  measure(batch: Batch, random: RandomStream): Record<string, tfjs.Scalar> {
    return {...this.parts(batch['images'] as tfjs.Tensor, 'evaluation', random)};
  }
}
