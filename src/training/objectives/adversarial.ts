import type * as tfjs from '@tensorflow/tfjs';
import {withClass} from '../../networks/evaluate.js';
import type {ApplyContext} from '../../networks/layer.js';
import type {Network} from '../../networks/network.js';
import type {OptimizerConfig} from '../../optimizers/index.js';
import {sigmoidCrossEntropy, softmaxCrossEntropy} from '../../tensor/losses.js';
import type {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import type {Objective} from '../objective.js';
import {withFigures} from '../steps/step-state.js';
import type {Batch, Loss, Phase} from '../steps/training-program.js';
import {type CategoryOptions, categoriesOf, nothingWanted, regularisation, regularisedBy} from './category-losses.js';
import {accuracy} from './classifier.js';
import {drawCategories} from './generative.js';

type Mode = 'training' | 'evaluation';

interface Examples {
  /** float32 [batch, …], in 0..1. */
  readonly images: tfjs.Tensor;
  /** [batch]; needed when the decoder takes the class. */
  readonly labels: tfjs.Tensor1D | undefined;
}

type AdversarialNetworks = {
  readonly encoder: Network;
  readonly decoder: Network;
  readonly discriminator: Network;
  /** Judges the categories, where the encoder ends in `softmaxLast`. */
  readonly categoryDiscriminator?: Network | undefined;
};

/** An optimiser for each part; `generator`: the encoder as it is pulled towards the priors; `categories`: the encoder as its categories learn. */
type AdversarialOptimizers = Readonly<
  Record<'encoder' | 'decoder' | 'discriminator' | 'generator' | 'categories', OptimizerConfig>
>;

interface AdversarialOptions {
  readonly priorDeviation: number;
  readonly optimizers: AdversarialOptimizers;
  readonly categories?: CategoryOptions | undefined;
  /** Number of labelled examples, which batches have as `labelledImages` and `labelledLabels`; none when not given. */
  readonly labelled?: number;
}

/**
 * The losses of an adversarial autoencoder, each a scalar: means over the batch and, for the reconstruction, over pixels. A code is
 * a style, whose prior is normal, and where the encoder ends in `softmaxLast` a category, whose prior is each with the same
 * probability; each has a discriminator of its own. The decoder takes the class, too, when its input is longer than the code.
 * Source: Makhzani et al. 2015, sections 2, 4 and 5.
 */
export class AdversarialObjective implements Objective<AdversarialNetworks> {
  readonly networks: AdversarialNetworks;
  readonly #options: AdversarialOptions;
  /** Dimensions of the style, and number of categories. */
  readonly #sizes: readonly [style: number, categories: number];
  /** Number of classes that the decoder takes, 0 when it takes none. */
  readonly #classes: number;
  readonly #categories: CategoryOptions;

  constructor(networks: AdversarialNetworks, options: AdversarialOptions) {
    const {encoder, decoder} = networks;
    const [size = 0] = encoder.layout.output;
    const categories = categoriesOf(encoder.architecture.layers);
    this.networks = networks;
    this.#options = options;
    this.#categories = options.categories ?? nothingWanted;
    this.#sizes = [size - categories, categories];
    this.#classes = (decoder.architecture.input[0] ?? 0) - size;
  }

  /** A training step: reconstruction, then the discriminators, then the encoder as their generator, then its categories. */
  phases(batch: Batch, random: RandomStream): readonly Phase[] {
    const {optimizers} = this.#options;
    const examples = examplesOf(batch);
    const {encoder, decoder, discriminator, categoryDiscriminator} = this.networks;
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
      ...this.#categoryPhase(batch, random),
    ];
  }

  /** A loss of the categories beside their discriminator's, where one is wanted: labelled examples, and `regularisation`. */
  #categoryPhase(batch: Batch, random: RandomStream): readonly Phase[] {
    const {encoder} = this.networks;
    const {optimizers, labelled = 0} = this.#options;
    const updates = [{variables: encoder.variables, optimizer: optimizers.categories}];
    const phase = {updates, assigns: encoder.averages};
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
      const scores = (images: tfjs.Tensor): tfjs.Tensor2D => this.#categoryScores(images, {mode: 'evaluation'});
      const {loss: regularised, figures} = regularisation(scores, batch['images'] as tfjs.Tensor, this.#categories, random);
      if (labelled === 0) return {loss: regularised, figures};
      const {loss: supervisedLoss, figures: more} = supervised();
      return {loss: tf.add(supervisedLoss, regularised) as tfjs.Scalar, figures: {...figures, supervisedLoss, ...more}};
    };
    return [{...phase, name: 'categoryLoss', loss}];
  }

  /** Binary cross-entropy between pixels and what the decoder makes of their code. */
  reconstruction({images, labels}: Examples, mode: Mode, random: RandomStream): tfjs.Scalar {
    const {encoder, decoder} = this.networks;
    const codes = encoder.apply(images, {mode, random});
    const logits = decoder.logits(withClass(codes, this.#classes > 0 ? labels : undefined, this.#classes), {mode, random});
    return tf.mean(sigmoidCrossEntropy(images, logits));
  }

  /** −mean(log D(prior) + log(1 − D(code))), of both discriminators together; codes come from the encoder in evaluation mode. */
  discriminator({images}: Examples, mode: Mode, random: RandomStream): Loss {
    const count = images.shape[0] ?? 0;
    const [size, categories] = this.#sizes;
    const prior = random.normal([count, size], 0, this.#options.priorDeviation);
    const codes = this.networks.encoder.apply(images, {mode: 'evaluation'});
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
      this.networks.encoder.apply(images, {mode, random}),
      (network, given) => {
        const logits = network.logits(given, {mode, random});
        return tf.mean(sigmoidCrossEntropy(tf.onesLike(logits), logits));
      },
      'categoryGeneratorLoss',
    );
  }

  /** Cross-entropy between labels and the categories of the code, and the share of them that are right. */
  supervised({images, labels}: Examples, mode: Mode, random: RandomStream) {
    const scores = this.#categoryScores(images, {mode, random});
    const classes = tf.cast(labels as tfjs.Tensor1D, 'int32');
    return {loss: tf.mean(softmaxCrossEntropy(classes, scores)) as tfjs.Scalar, figures: {accuracy: accuracy(classes, scores)}};
  }

  #categoryScores(images: tfjs.Tensor, context: ApplyContext): tfjs.Tensor2D {
    const logits = this.networks.encoder.logits(images, context);
    return tf.slice(logits, [0, this.#sizes[0]], [images.shape[0] ?? 0, this.#sizes[1]]) as tfjs.Tensor2D;
  }

  /** A loss of the style's part of the codes, and where there is a category the sum with that of its part, which is reported too. */
  #both(
    codes: tfjs.Tensor,
    lossOf: (discriminator: Network, codes: tfjs.Tensor, ofCategory: boolean) => tfjs.Scalar,
    name: string,
  ): Loss {
    const {discriminator, categoryDiscriminator} = this.networks;
    if (!categoryDiscriminator) return lossOf(discriminator, codes, false);
    const [style, category] = tf.split(codes, [...this.#sizes], 1) as [tfjs.Tensor, tfjs.Tensor];
    const ofCategory = lossOf(categoryDiscriminator, category, true);
    return {loss: tf.add(lossOf(discriminator, style, false), ofCategory), figures: {[name]: ofCategory}};
  }

  /** All losses without dropout; the supervised one where there are labelled examples. */
  measure(batch: Batch, random: RandomStream): Record<string, tfjs.Scalar> {
    const examples = examplesOf(batch);
    const losses = {
      reconstructionLoss: this.reconstruction(examples, 'evaluation', random),
      discriminatorLoss: this.discriminator(examples, 'evaluation', random),
      generatorLoss: this.generator(examples, 'evaluation', random),
      ...((this.#options.labelled ?? 0) > 0 && {supervisedLoss: this.supervised(examples, 'evaluation', random)}),
    };
    return Object.assign(
      {},
      ...Object.entries(losses).map(([name, found]) => {
        const {loss, figures} = withFigures(found);
        return {[name]: loss, ...figures};
      }),
    ) as Record<string, tfjs.Scalar>;
  }
}

const examplesOf = (batch: Batch): Examples => ({
  images: batch['images'] as tfjs.Tensor,
  labels: batch['labels'] as tfjs.Tensor1D | undefined,
});
