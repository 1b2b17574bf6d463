import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits} from '../layer.js';
import {ofPicture} from './shared.js';

/** Mean of each channel over all pixels, [batch, height, width, channels] → [batch, channels]. Source: Lin et al. 2013. */
export const globalAveragePool = defineLayer({
  name: 'globalAveragePool',
  description: 'Mean of each channel over all pixels.',
  outputShape: (_params, input) => ofPicture('globalAveragePool', input, (_height, _width, channels) => fits([channels])),
  apply: (input) => tf.mean(input, [1, 2]),
});
