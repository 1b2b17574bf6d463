import type * as tfjs from '@tensorflow/tfjs';
import type {Network} from '../../networks/network.js';
import type {OptimizerConfig} from '../../optimizers/index.js';
import {hinge, softmaxCrossEntropy} from '../../tensor/losses.js';
import type {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import type {Batch, Phase} from '../steps/training-program.js';

interface ClassifierLoss {
  /** Hinge is of each class against the rest. */
  readonly loss: 'crossEntropy' | 'hinge' | 'squaredHinge';
  /** Share of the target spread over all classes; of cross-entropy only. */
  readonly labelSmoothing: number;
}

const crossEntropy: ClassifierLoss = {loss: 'crossEntropy', labelSmoothing: 0};

/** A training step of a classifier whose network ends in scores [batch, classes]: the loss, and the accuracy beside it. */
export function classifierPhases(
  network: Network,
  optimizer: OptimizerConfig,
  batch: Batch,
  random: RandomStream,
  loss: ClassifierLoss = crossEntropy,
  augmented: (images: tfjs.Tensor) => tfjs.Tensor = (images) => images,
): readonly Phase[] {
  return [
    {
      name: 'loss',
      updates: [{variables: network.variables, optimizer}],
      assigns: network.averages,
      loss: () => {
        const images = augmented(batch['images'] as tfjs.Tensor);
        const scores = network.apply(images, {mode: 'training', random}) as tfjs.Tensor2D;
        const labels = tf.cast(batch['labels'] as tfjs.Tensor1D, 'int32');
        return {loss: tf.mean(lossOf(loss, labels, scores)), figures: {accuracy: accuracy(labels, scores)}};
      },
    },
  ];
}

/** Loss of each example, float32 [batch], and accuracy, as in training but without dropout and augmentation. */
export function measureClassifier(network: Network, loss: ClassifierLoss, batch: Batch): Record<string, tfjs.Tensor> {
  const scores = network.apply(batch['images'] as tfjs.Tensor, {mode: 'evaluation'}) as tfjs.Tensor2D;
  const labels = tf.cast(batch['labels'] as tfjs.Tensor1D, 'int32');
  return {loss: lossOf(loss, labels, scores), accuracy: accuracy(labels, scores)};
}

/** Loss of each example, float32 [batch]. */
function lossOf({loss, labelSmoothing}: ClassifierLoss, labels: tfjs.Tensor1D, scores: tfjs.Tensor2D): tfjs.Tensor1D {
  if (loss === 'crossEntropy') return softmaxCrossEntropy(labels, scores, labelSmoothing);
  return hinge(labels, scores, loss === 'hinge' ? 1 : 2);
}

/** Share of the examples whose largest score is their label's. */
export const accuracy = (labels: tfjs.Tensor1D, scores: tfjs.Tensor2D): tfjs.Scalar =>
  tf.mean(tf.cast(tf.equal(tf.argMax(scores, 1), labels), 'float32'));
