import type * as tfjs from '@tensorflow/tfjs';
import type {PackedTensor} from '../../core/host-tensor.js';
import {withClass} from '../../networks/evaluate.js';
import type {ApplyContext} from '../../networks/layer.js';
import type {Network} from '../../networks/network.js';
import type {OptimizerConfig} from '../../optimizers/index.js';
import {sigmoidCrossEntropy, softmaxCrossEntropy} from '../../tensor/losses.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {uploadRows} from '../../tensor/upload.js';
import {type Distortion, distort} from '../distortion.js';
import type {Batch, Phase} from '../steps/training-step.js';
import {divergence, virtualAdversarialLoss} from '../virtual-adversarial.js';
import {warmedUp} from '../warm-up.js';
import {accuracy} from './classifier.js';
import {drawCategories} from './generative.js';

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

/** Who learns how; `generator`: the encoder again, when it is pulled towards the priors; `categories`: and what its categories learn. */
export type AdversarialOptimizers = Readonly<
  Record<'encoder' | 'decoder' | 'discriminator' | 'generator' | 'categories', OptimizerConfig>
>;

/** Number of categories in what an encoder gives, 0 when it does not end in `softmaxLast`. */
export const categoriesOf = ({layout}: Network): number => {
  const last = layout.layers.at(-1);
  return last?.kind.name === 'softmaxLast' ? (last.params as {count: number}).count : 0;
};

export interface AdversarialOptions {
  readonly priorDeviation: number;
  readonly categories?: CategoryOptions | undefined;
}

/** Weights of what is wanted of categories without a label, see `regularisation`; the radius of smoothness rises from 0 in `warmUpSteps`. */
export interface CategoryOptions {
  readonly balance: number;
  readonly certainty: number;
  readonly smoothness: number;
  readonly invariance: number;
  readonly radius: number;
  readonly distortion: Distortion;
  readonly warmUpSteps: number;
}

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
  readonly #categories: CategoryOptions;

  constructor(networks: AdversarialNetworks, {priorDeviation, categories = nothingWanted}: AdversarialOptions) {
    const {encoder, decoder} = networks;
    const [size = 0] = encoder.layout.output;
    this.#networks = networks;
    this.#priorDeviation = priorDeviation;
    this.#categories = categories;
    this.#sizes = [size - categoriesOf(encoder), categoriesOf(encoder)];
    this.#classes = (decoder.architecture.input[0] ?? 0) - size;
  }

  /**
   * A training step: reconstruction, then the discriminators, then the encoder as their generator, then its categories, where the batch
   * has `labelledImages` and `labelledLabels` on the first `labelled` of them.
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
      ...this.#categoryPhase(batch, random, optimizers.categories, labelled),
    ];
  }

  /** What the categories learn beside their discriminator, where there is something: classes, to be used evenly, to hold near an image. */
  #categoryPhase(batch: Batch, random: RandomStream, optimizer: OptimizerConfig, labelled: number): readonly Phase[] {
    const {encoder} = this.#networks;
    const phase = {updates: [{variables: encoder.variables, optimizer}], assigns: encoder.averages};
    const supervised = () => {
      const [images, labels] = ['labelledImages', 'labelledLabels'].map((name) => {
        const all = batch[name] as tfjs.Tensor;
        return tf.slice(all, 0, Math.min(labelled, all.shape[0] ?? 0));
      }) as [tfjs.Tensor, tfjs.Tensor1D];
      return this.supervised({images, labels}, 'training', random);
    };
    if (regularisedBy(this.#categories).length === 0)
      return labelled > 0 ? [{...phase, name: 'supervisedLoss', loss: supervised}] : [];
    const loss = () => {
      const {loss: regularised, figures} = this.regularisation(batch['images'] as tfjs.Tensor, random);
      if (labelled === 0) return {loss: regularised, figures};
      const {loss: supervisedLoss, figures: more} = supervised();
      return {loss: tf.add(supervisedLoss, regularised) as tfjs.Scalar, figures: {...figures, supervisedLoss, ...more}};
    };
    return [{...phase, name: 'categoryLoss', loss}];
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

  /**
   * What is wanted of categories without a label, each part by its weight, in nats: `imbalance`, the divergence of their mean over the batch
   * from each being as probable; `uncertainty`, the mean of their entropies (together, weighted alike, that is log categories − the mutual
   * information of image and category); `smoothnessLoss`, how much they change at worst within the radius of an image; `invarianceLoss`, how
   * much when the image is distorted. All without dropout or noise of the network's own. Source: Hu et al. 2017: Learning Discrete Representations via Information Maximizing Self-Augmented
   * Training, arXiv:1702.08720, with one radius for all images.
   */
  regularisation(images: tfjs.Tensor, random: RandomStream) {
    const scores = (inputs: tfjs.Tensor): tfjs.Tensor2D => this.#categoryScores(inputs, {mode: 'evaluation'});
    const {radius, warmUpSteps, distortion} = this.#categories;
    const losses = {
      imbalance: () => imbalance(tf.softmax(scores(images))),
      uncertainty: () => tf.mean(entropies(scores(images))) as tfjs.Scalar,
      smoothnessLoss: () => virtualAdversarialLoss(scores, images, warmedUp(radius, warmUpSteps, random), random),
      invarianceLoss: () => {
        const distorted = scores(distort(images as tfjs.Tensor4D, distortion, random));
        return tf.mean(divergence(tf.softmax(scores(images)), distorted)) as tfjs.Scalar;
      },
    };
    const parts = regularisedBy(this.#categories).map(([name, weight]) => ({name, weight, value: losses[name]()}));
    return {
      loss: tf.addN(parts.map(({weight, value}) => tf.mul(value, weight))) as tfjs.Scalar,
      figures: Object.fromEntries(parts.map(({name, value}) => [name, value])),
    };
  }

  /** Cross-entropy between labels and the categories of the code, and the share of them that are right. */
  supervised({images, labels}: Examples, mode: Mode, random: RandomStream) {
    const scores = this.#categoryScores(images, {mode, random});
    const classes = tf.cast(labels as tfjs.Tensor1D, 'int32');
    return {loss: tf.mean(softmaxCrossEntropy(classes, scores)) as tfjs.Scalar, figures: {accuracy: accuracy(classes, scores)}};
  }

  #categoryScores(images: tfjs.Tensor, context: ApplyContext): tfjs.Tensor2D {
    const logits = this.#networks.encoder.logits(images, context);
    return tf.slice(logits, [0, this.#sizes[0]], [images.shape[0] ?? 0, this.#sizes[1]]) as tfjs.Tensor2D;
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

const nothingWanted: CategoryOptions = {
  balance: 0,
  certainty: 0,
  smoothness: 0,
  invariance: 0,
  radius: 1,
  distortion: {rotation: 0, slant: 0, scale: 0, shift: 0},
  warmUpSteps: 0,
};

/** The parts of `regularisation` that have a weight, by the names of their figures. */
export const regularisedBy = ({
  balance,
  certainty,
  smoothness,
  invariance,
}: Pick<CategoryOptions, 'balance' | 'certainty' | 'smoothness' | 'invariance'> = nothingWanted) =>
  (
    [
      ['imbalance', balance],
      ['uncertainty', certainty],
      ['smoothnessLoss', smoothness],
      ['invarianceLoss', invariance],
    ] as const
  ).filter(([, weight]) => weight > 0);

/** Divergence of the mean of rows that each sum to 1 from the uniform distribution, in nats: 0 to log(columns). */
function imbalance(rows: tfjs.Tensor): tfjs.Scalar {
  const mean = tf.mean(rows, 0);
  return tf.add(tf.sum(tf.mul(mean, tf.log(tf.add(mean, 1e-8)))), Math.log(rows.shape[1] ?? 1));
}

/** Entropy of the softmax of each row, in nats: 0 to log(columns). */
function entropies(scores: tfjs.Tensor2D): tfjs.Tensor {
  const logarithms = tf.logSoftmax(scores);
  return tf.neg(tf.sum(tf.mul(tf.exp(logarithms), logarithms), 1));
}
