import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {batchNormalise} from '../../tensor/batch-normalise.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';

interface Params {
  readonly momentum: number;
  readonly epsilon: number;
}

/**
 * Normalises each channel (the last axis) of float32 [batch, …, channels]: with the batch's own mean and variance while training, with
 * moving averages of them otherwise; then scales and shifts. Source: Ioffe and Szegedy 2015; defaults and variance (divided by the
 * number of values) as in Keras.
 */
export const batchNorm = defineLayer<Params>({
  name: 'batchNorm',
  description: 'Normalises each channel over the batch.',
  bare: true,
  params: Type.Object(
    {
      momentum: Type.Optional(
        Type.Number({
          minimum: 0,
          exclusiveMaximum: 1,
          description: 'Share of the moving averages kept at each step; 0.99 when not given.',
        }),
      ),
      epsilon: Type.Optional(
        Type.Number({exclusiveMinimum: 0, maximum: 1, description: 'Added to the variance; 1e-3 when not given.'}),
      ),
    },
    {additionalProperties: false},
  ),
  complete: (written) => ({momentum: 0.99, epsilon: 1e-3, ...(written as Partial<Params> | undefined)}),
  weights: (_params, input) => {
    const shape = [input.at(-1) ?? 0];
    return [
      {name: 'gamma', shape, initial: {kind: 'ones'}},
      {name: 'beta', shape, initial: {kind: 'zeros'}},
      {name: 'movingMean', shape, initial: {kind: 'zeros'}, learns: false},
      {name: 'movingVariance', shape, initial: {kind: 'ones'}, learns: false},
    ];
  },
  apply: (input, {gamma, beta, movingMean, movingVariance}, {momentum, epsilon}, {mode}) => {
    const [scale, shift, mean, variance] = [gamma, beta, movingMean, movingVariance] as tfjs.Variable<tfjs.Rank.R1>[] as [
      tfjs.Variable<tfjs.Rank.R1>,
      tfjs.Variable<tfjs.Rank.R1>,
      tfjs.Variable<tfjs.Rank.R1>,
      tfjs.Variable<tfjs.Rank.R1>,
    ];
    if (mode === 'evaluation') {
      const factor = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), scale);
      return tf.add(tf.mul(input, factor), tf.sub(shift, tf.mul(mean, factor)));
    }
    return batchNormalise(input, scale, shift, epsilon, (batchMean, batchVariance) => {
      const follow = (moving: tfjs.Variable, now: tfjs.Tensor): void =>
        moving.assign(tf.add(tf.mul(moving, momentum), tf.mul(now, 1 - momentum)));
      follow(mean, batchMean);
      follow(variance, batchVariance);
    });
  },
});
