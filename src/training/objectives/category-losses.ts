import type * as tfjs from '@tensorflow/tfjs';
import type {LayerSpec} from '../../core/ports.js';
import type {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {type Distortion, distort} from '../distortion.js';
import {divergence, virtualAdversarialLoss} from '../virtual-adversarial.js';
import {warmedUp} from '../warm-up.js';

/** Number of categories in what an encoder gives, 0 when it does not end in `softmaxLast`. */
export function categoriesOf(encoder: readonly LayerSpec[]): number {
  const last = encoder.at(-1);
  if (typeof last !== 'object') return 0;
  const count = last['softmaxLast'] as number | {count: number} | undefined;
  return typeof count === 'object' ? count.count : (count ?? 0);
}

/** Weights of the parts of `regularisation`; the radius of smoothness rises from 0 in `warmUpSteps`. */
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
 * The loss of categories without a label, each part by its weight, in nats: `imbalance`, the divergence of their mean over the batch
 * from each being as probable; `uncertainty`, the mean of their entropies (together, weighted alike, that is log categories − the mutual
 * information of image and category); `smoothnessLoss`, how much they change at worst within the radius of an image; `invarianceLoss`, how
 * much when the image is distorted. `scores`: images → [batch, categories] before the softmax, without dropout or noise. Source: Hu et al.
 * 2017: Learning Discrete Representations via Information Maximizing Self-Augmented Training, arXiv:1702.08720, with one radius for all.
 */
export function regularisation(
  scores: (images: tfjs.Tensor) => tfjs.Tensor2D,
  images: tfjs.Tensor,
  options: CategoryOptions,
  random: RandomStream,
) {
  const {radius, warmUpSteps, distortion} = options;
  const losses = {
    imbalance: () => imbalance(tf.softmax(scores(images))),
    uncertainty: () => tf.mean(entropies(scores(images))) as tfjs.Scalar,
    smoothnessLoss: () => virtualAdversarialLoss(scores, images, warmedUp(radius, warmUpSteps, random), random),
    invarianceLoss: () => {
      const distorted = scores(distort(images as tfjs.Tensor4D, distortion, random));
      return tf.mean(divergence(tf.softmax(scores(images)), distorted)) as tfjs.Scalar;
    },
  };
  const parts = regularisedBy(options).map(([name, weight]) => ({name, weight, value: losses[name]()}));
  return {
    loss: tf.addN(parts.map(({weight, value}) => tf.mul(value, weight))) as tfjs.Scalar,
    figures: Object.fromEntries(parts.map(({name, value}) => [name, value])),
  };
}

export const nothingWanted: CategoryOptions = {
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
