import type * as tfjs from '@tensorflow/tfjs';
import type {PackedTensor} from '../tensor/host-tensor.js';
import {sigmoidCrossEntropy} from '../tensor/losses.js';
import type {OptimizerConfig} from '../tensor/optimizers.js';
import {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';
import type {Batch, Phase} from '../tensor/training-step.js';
import {uploadRows} from '../tensor/upload.js';
import {withClass} from './autoencoder.js';
import type {Network} from './network.js';

type Mode = 'training' | 'evaluation';

export interface Examples {
  /** float32 [batch, …], in 0..1. */
  readonly images: tfjs.Tensor;
  /** [batch]; needed when the decoder is told the class. */
  readonly labels: tfjs.Tensor1D | undefined;
}

/** Who learns how; `generator`: the encoder again, when it is pulled towards the prior. */
export type AdversarialOptimizers = Readonly<Record<'encoder' | 'decoder' | 'discriminator' | 'generator', OptimizerConfig>>;

/**
 * The three losses of an adversarial autoencoder, each a scalar: means over the batch and, for the reconstruction, over pixels. The
 * decoder is told the class when its input is longer than the code. Source: Makhzani et al. 2015, sections 2 and 4.
 */
export class AdversarialLosses {
  readonly #encoder: Network;
  readonly #decoder: Network;
  readonly #discriminator: Network;
  readonly #priorDeviation: number;
  readonly #codeSize: number;
  /** Number of classes that the decoder is told, 0 when it is not. */
  readonly #classes: number;

  constructor(
    {encoder, decoder, discriminator}: {encoder: Network; decoder: Network; discriminator: Network},
    priorDeviation: number,
  ) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#discriminator = discriminator;
    this.#priorDeviation = priorDeviation;
    this.#codeSize = encoder.layout.output[0] ?? 0;
    this.#classes = (decoder.architecture.input[0] ?? 0) - this.#codeSize;
  }

  /** A training step: reconstruction, then the discriminator, then the encoder as its generator. */
  phases(batch: Batch, random: RandomStream, optimizers: AdversarialOptimizers): readonly Phase[] {
    const examples = {images: batch['images'] as tfjs.Tensor, labels: batch['labels'] as tfjs.Tensor1D | undefined};
    const [encoder, decoder, discriminator] = [this.#encoder, this.#decoder, this.#discriminator];
    return [
      {
        name: 'reconstructionLoss',
        updates: [
          {variables: encoder.variables, optimizer: optimizers.encoder},
          {variables: decoder.variables, optimizer: optimizers.decoder},
        ],
        assigns: [...encoder.averages, ...decoder.averages],
        loss: () => this.reconstruction(examples, 'training', random),
      },
      {
        name: 'discriminatorLoss',
        updates: [{variables: discriminator.variables, optimizer: optimizers.discriminator}],
        assigns: discriminator.averages,
        loss: () => this.discriminator(examples, 'training', random),
      },
      {
        name: 'generatorLoss',
        updates: [{variables: encoder.variables, optimizer: optimizers.generator}],
        assigns: [...encoder.averages, ...discriminator.averages],
        loss: () => this.generator(examples, 'training', random),
      },
    ];
  }

  /** Binary cross-entropy between pixels and what the decoder makes of their code. */
  reconstruction({images, labels}: Examples, mode: Mode, random: RandomStream): tfjs.Scalar {
    const codes = this.#encoder.apply(images, {mode, random});
    const logits = this.#decoder.logits(withClass(codes, this.#classes > 0 ? labels : undefined, this.#classes), {mode, random});
    return tf.mean(sigmoidCrossEntropy(images, logits));
  }

  /** −mean(log D(prior) + log(1 − D(code))); the codes come from the encoder in evaluation mode. */
  discriminator({images}: Examples, mode: Mode, random: RandomStream): tfjs.Scalar {
    const prior = random.normal([images.shape[0] ?? 0, this.#codeSize], 0, this.#priorDeviation);
    const codes = this.#encoder.apply(images, {mode: 'evaluation'});
    // both in one batch: larger products, and one gradient instead of two to add up
    const logits = this.#discriminator.logits(tf.concat([prior, codes]), {mode, random});
    const half = [images.shape[0] ?? 0, 1] as [number, number];
    return tf.mul(tf.mean(sigmoidCrossEntropy(tf.concat([tf.ones(half), tf.zeros(half)]), logits)), 2);
  }

  /** −mean log D(code): the encoder learns to be taken for the prior. */
  generator({images}: Examples, mode: Mode, random: RandomStream): tfjs.Scalar {
    const logits = this.#discriminator.logits(this.#encoder.apply(images, {mode, random}), {mode, random});
    return tf.mean(sigmoidCrossEntropy(tf.onesLike(logits), logits));
  }

  /** All three losses on a split without dropout, each the mean over its examples. */
  measure(split: Readonly<Record<string, PackedTensor>>, batchSize: number, seed: number): Record<string, number> {
    const images = split['images'] as PackedTensor;
    const labels = split['labels'];
    const count = images.shape[0] ?? 0;
    const totals: Record<string, number> = {};
    for (let start = 0; start < count; start += batchSize) {
      const end = Math.min(start + batchSize, count);
      const values = tf.tidy(() => {
        const random = new RandomStream(seed, tf.scalar(-2 - start, 'int32'));
        const batch = {
          images: uploadRows(images, start, end),
          labels: labels && tf.tensor1d(Int32Array.from(labels.data.subarray(start, end)), 'int32'),
        };
        return Object.entries({
          reconstructionLoss: this.reconstruction(batch, 'evaluation', random),
          discriminatorLoss: this.discriminator(batch, 'evaluation', random),
          generatorLoss: this.generator(batch, 'evaluation', random),
        }).map(([name, loss]) => [`validation/${name}`, loss.dataSync()[0] ?? Number.NaN] as const);
      });
      for (const [name, value] of values) totals[name] = (totals[name] ?? 0) + (value * (end - start)) / count;
    }
    return totals;
  }
}
