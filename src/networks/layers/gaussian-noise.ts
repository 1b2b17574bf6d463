import {Type} from '@sinclair/typebox';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';
import {oneNumber} from './shared.js';

/** Adds normal noise of mean 0 to every value while training, as a denoising autoencoder wants (Vincent et al. 2008). */
export const gaussianNoise = defineLayer({
  name: 'gaussianNoise',
  description: 'Adds normal noise while training.',
  ...oneNumber('deviation', Type.Number({minimum: 0, description: 'Standard deviation of what is added while training.'})),
  apply: (input, _weights, params, {mode, random}) => {
    if (mode === 'evaluation' || params.deviation === 0) return input;
    if (!random) throw new Error('noise in training mode needs random numbers');
    return tf.add(input, random.normal(input.shape, 0, params.deviation));
  },
});
