import {Type} from '@sinclair/typebox';
import {dropout as drop} from '../../tensor/kernels.js';
import {defineLayer} from '../layer.js';
import {oneNumber} from './shared.js';

/** Sets a share of the inputs to zero while training and scales the rest by 1 / (1 − rate) (Srivastava et al. 2014). */
export const dropout = defineLayer({
  name: 'dropout',
  description: 'Zeroes a share of the inputs while training.',
  ...oneNumber(
    'rate',
    Type.Number({minimum: 0, exclusiveMaximum: 1, description: 'Share of the inputs set to zero while training.'}),
  ),
  apply: (input, _weights, params, {mode, random}) => {
    if (mode === 'evaluation' || params.rate === 0) return input;
    if (!random) throw new Error('dropout in training mode needs random numbers');
    return drop(input, params.rate, random);
  },
});
