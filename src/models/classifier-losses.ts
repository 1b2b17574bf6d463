import type * as tfjs from '@tensorflow/tfjs';
import {softmaxCrossEntropy} from '../tensor/losses.js';
import type {OptimizerConfig} from '../tensor/optimizers.js';
import type {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';
import type {Batch, Phase} from '../tensor/training-step.js';
import type {Network} from './network.js';

/** A training step of a classifier whose network ends in logits [batch, classes]: cross-entropy, and the accuracy beside it. */
export function classifierPhases(
  network: Network,
  optimizer: OptimizerConfig,
  batch: Batch,
  random: RandomStream,
): readonly Phase[] {
  return [
    {
      name: 'loss',
      updates: [{variables: network.variables, optimizer}],
      assigns: network.averages,
      loss: () => {
        const logits = network.apply(batch['images'] as tfjs.Tensor, {mode: 'training', random}) as tfjs.Tensor2D;
        const labels = tf.cast(batch['labels'] as tfjs.Tensor1D, 'int32');
        return {loss: tf.mean(softmaxCrossEntropy(labels, logits)), figures: {accuracy: accuracy(labels, logits)}};
      },
    },
  ];
}

/** Share of the examples whose largest logit is their label's. */
export const accuracy = (labels: tfjs.Tensor1D, logits: tfjs.Tensor2D): tfjs.Scalar =>
  tf.mean(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32'));
