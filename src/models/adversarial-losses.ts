import type * as tfjs from '@tensorflow/tfjs';
import type {PackedTensor} from '../tensor/host-tensor.js';
import {sigmoidCrossEntropy, softmaxCrossEntropy} from '../tensor/losses.js';
import type {OptimizerConfig} from '../tensor/optimizers.js';
import {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';
import type {Batch, Phase} from '../tensor/training-step.js';
import {uploadRows} from '../tensor/upload.js';
import {withClass} from './autoencoder.js';
import {accuracy} from './classifier-losses.js';
import {drawCategories} from './generative-losses.js';
import type {Network} from './network.js';

type Mode = 'training' | 'evaluation';

export interface Examples {
  /** float32 [batch, …], in 0..1. */
  readonly images: tfjs.Tensor;
  /** [batch]; needed when the decoder is told the class. */
  readonly labels: tfjs.Tensor1D | undefined;
}

/** A loss by itself, or with parts of it to report beside it. */
type Loss = ReturnType<Phase['loss']>;

export interface AdversarialNetworks {
  readonly encoder: Network;
  readonly decoder: Network;
  readonly discriminator: Network;
  /** Of the categories, where the encoder ends in `softmaxLast`. */
  readonly categoryDiscriminator?: Network | undefined;
}

/** Who learns how; `generator`: the encoder again, when it is pulled towards the priors; `supervised`: and on labelled examples. */
export type AdversarialOptimizers = Readonly<
  Record<'encoder' | 'decoder' | 'discriminator' | 'generator' | 'supervised', OptimizerConfig>
>;

/** Number of categories in what an encoder gives, 0 when it does not end in `softmaxLast`. */
export const categoriesOf = ({layout}: Network): number => {
  const last = layout.layers.at(-1);
  return last?.kind.name === 'softmaxLast' ? (last.params as {count: number}).count : 0;
};

/**
 * The losses of an adversarial autoencoder, each a scalar: means over the batch and, for the reconstruction, over pixels. A code is
 * a style, whose prior is normal, and where the encoder ends in `softmaxLast` a category, whose prior is each with the same
 * probability; each has a discriminator of its own. The decoder is told the class when its input is longer than the code.
 * Source: Makhzani et al. 2015, sections 2, 4 and 5.
 */
export class AdversarialLosses {
  readonly #networks: AdversarialNetworks;
  readonly #priorDeviation: number;
  /** Dimensions of the style, and number of categories. */
  readonly #sizes: readonly [style: number, categories: number];
  /** Number of classes that the decoder is told, 0 when it is not. */
  readonly #classes: number;

  constructor(networks: AdversarialNetworks, priorDeviation: number) {
    const {encoder, decoder} = networks;
    const [size = 0] = encoder.layout.output;
    this.#networks = networks;
    this.#priorDeviation = priorDeviation;
    this.#sizes = [size - categoriesOf(encoder), categoriesOf(encoder)];
    this.#classes = (decoder.architecture.input[0] ?? 0) - size;
  }

  /**
   * A training step: reconstruction, then the discriminators, then the encoder as their generator, then, where the batch has
   * `labelledImages` and `labelledLabels`, the encoder on the first `labelled` of them.
   */
  phases(batch: Batch, random: RandomStream, optimizers: AdversarialOptimizers, labelled = 0): readonly Phase[] {
    const examples = {images: batch['images'] as tfjs.Tensor, labels: batch['labels'] as tfjs.Tensor1D | undefined};
    const {encoder, decoder, discriminator, categoryDiscriminator} = this.#networks;
    const discriminators = [discriminator, ...(categoryDiscriminator ? [categoryDiscriminator] : [])];
    const judges = discriminators.flatMap(({averages}) => averages);
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
        updates: [{variables: discriminators.flatMap(({variables}) => variables), optimizer: optimizers.discriminator}],
        assigns: judges,
        loss: () => this.discriminator(examples, 'training', random),
      },
      {
        name: 'generatorLoss',
        updates: [{variables: encoder.variables, optimizer: optimizers.generator}],
        assigns: [...encoder.averages, ...judges],
        loss: () => this.generator(examples, 'training', random),
      },
      ...(labelled > 0
        ? [
            {
              name: 'supervisedLoss',
              updates: [{variables: encoder.variables, optimizer: optimizers.supervised}],
              assigns: encoder.averages,
              loss: () => {
                const [images, labels] = ['labelledImages', 'labelledLabels'].map((name) => {
                  const all = batch[name] as tfjs.Tensor;
                  return tf.slice(all, 0, Math.min(labelled, all.shape[0] ?? 0));
                }) as [tfjs.Tensor, tfjs.Tensor1D];
                return this.supervised({images, labels}, 'training', random);
              },
            },
          ]
        : []),
    ];
  }

  /** Binary cross-entropy between pixels and what the decoder makes of their code. */
  reconstruction({images, labels}: Examples, mode: Mode, random: RandomStream): tfjs.Scalar {
    const {encoder, decoder} = this.#networks;
    const codes = encoder.apply(images, {mode, random});
    const logits = decoder.logits(withClass(codes, this.#classes > 0 ? labels : undefined, this.#classes), {mode, random});
    return tf.mean(sigmoidCrossEntropy(images, logits));
  }

  /** −mean(log D(prior) + log(1 − D(code))), of both discriminators together; codes come from the encoder in evaluation mode. */
  discriminator({images}: Examples, mode: Mode, random: RandomStream): Loss {
    const count = images.shape[0] ?? 0;
    const [size, categories] = this.#sizes;
    const prior = random.normal([count, size], 0, this.#priorDeviation);
    const codes = this.#networks.encoder.apply(images, {mode: 'evaluation'});
    const half = [count, 1] as [number, number];
    return this.#both(
      codes,
      (network, given, ofCategory) => {
        const drawn = ofCategory ? drawCategories(random, count, categories) : prior;
        // both in one batch: larger products, and one gradient instead of two to add up
        const logits = network.logits(tf.concat([drawn, given]), {mode, random});
        return tf.mul(tf.mean(sigmoidCrossEntropy(tf.concat([tf.ones(half), tf.zeros(half)]), logits)), 2);
      },
      'categoryDiscriminatorLoss',
    );
  }

  /** −mean log D(code), of both discriminators together: the encoder learns to be taken for the priors. */
  generator({images}: Examples, mode: Mode, random: RandomStream): Loss {
    return this.#both(
      this.#networks.encoder.apply(images, {mode, random}),
      (network, given) => {
        const logits = network.logits(given, {mode, random});
        return tf.mean(sigmoidCrossEntropy(tf.onesLike(logits), logits));
      },
      'categoryGeneratorLoss',
    );
  }

  /** Cross-entropy between labels and the categories of the code, and the share of them that are right. */
  supervised({images, labels}: Examples, mode: Mode, random: RandomStream) {
    const [size, categories] = this.#sizes;
    const logits = this.#networks.encoder.logits(images, {mode, random});
    const scores = tf.slice(logits, [0, size], [images.shape[0] ?? 0, categories]) as tfjs.Tensor2D;
    const classes = tf.cast(labels as tfjs.Tensor1D, 'int32');
    return {loss: tf.mean(softmaxCrossEntropy(classes, scores)) as tfjs.Scalar, figures: {accuracy: accuracy(classes, scores)}};
  }

  /** A loss of the style's part of the codes, and where there is a category the sum with that of its part, which is reported too. */
  #both(
    codes: tfjs.Tensor,
    lossOf: (discriminator: Network, codes: tfjs.Tensor, ofCategory: boolean) => tfjs.Scalar,
    name: string,
  ): Loss {
    const {discriminator, categoryDiscriminator} = this.#networks;
    if (!categoryDiscriminator) return lossOf(discriminator, codes, false);
    const [style, category] = tf.split(codes, [...this.#sizes], 1) as [tfjs.Tensor, tfjs.Tensor];
    const ofCategory = lossOf(categoryDiscriminator, category, true);
    return {loss: tf.add(lossOf(discriminator, style, false), ofCategory), figures: {[name]: ofCategory}};
  }

  /** All losses on a split without dropout, each the mean over its examples; the supervised one where `supervised` says so. */
  measure(
    split: Readonly<Record<string, PackedTensor>>,
    batchSize: number,
    seed: number,
    supervised = false,
  ): Record<string, number> {
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
          ...(supervised && {supervisedLoss: this.supervised(batch, 'evaluation', random)}),
        })
          .flatMap(([name, loss]) =>
            'loss' in loss ? [[name, loss.loss] as const, ...Object.entries(loss.figures)] : [[name, loss] as const],
          )
          .map(([name, figure]) => [`validation/${name}`, figure.dataSync()[0] ?? Number.NaN] as const);
      });
      for (const [name, value] of values) totals[name] = (totals[name] ?? 0) + (value * (end - start)) / count;
    }
    return totals;
  }
}
