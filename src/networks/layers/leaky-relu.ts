import {Type} from '@sinclair/typebox';
import {leakyRelu as leak} from '../../tensor/kernels.js';
import {defineLayer} from '../layer.js';
import {oneNumber} from './shared.js';

/** x where it is positive, slope · x elsewhere (Maas, Hannun, Ng 2013). */
export const leakyRelu = defineLayer({
  name: 'leakyRelu',
  description: 'x where it is positive, a small share of it elsewhere.',
  ...oneNumber(
    'slope',
    Type.Number({minimum: 0, maximum: 1, description: 'Slope below zero; 0.2 when the bare name is given.'}),
    0.2,
  ),
  apply: (input, _weights, params) => leak(input, params.slope),
});
