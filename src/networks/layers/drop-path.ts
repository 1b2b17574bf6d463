import {Type} from '@sinclair/typebox';
import {drawnProbability} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';
import {oneNumber} from './shared.js';

/**
 * Sets all of an example to zero in a share of the cases while training and scales the rest by 1 / (1 − rate): at the end of `residual`
 * it leaves the shortcut alone. Source: Huang et al. 2016, "stochastic depth".
 */
export const dropPath = defineLayer({
  name: 'dropPath',
  description: 'Zeroes whole examples while training: stochastic depth, at the end of `residual`.',
  ...oneNumber(
    'rate',
    Type.Number({minimum: 0, exclusiveMaximum: 1, description: 'Share of the examples set to zero while training.'}),
  ),
  apply: (input, _weights, params, {mode, random}) => {
    if (mode === 'evaluation' || params.rate === 0) return input;
    if (!random) throw new Error('dropPath in training mode needs random numbers');
    const kept = Math.max(1 / 65536, drawnProbability(1 - params.rate));
    const [count = 0, ...rest] = input.shape;
    return tf.mul(input, tf.mul(random.bernoulli([count, ...rest.map(() => 1)], kept), 1 / kept));
  },
});
