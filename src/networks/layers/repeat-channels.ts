import {Type} from '@sinclair/typebox';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits} from '../layer.js';
import {ofPicture, oneNumber} from './shared.js';

/** All channels of [batch, height, width, channels] several times in a row: a grey picture becomes one of equal red, green and blue. */
export const repeatChannels = defineLayer({
  name: 'repeatChannels',
  description: 'Channels several times in a row: grey to red, green, blue.',
  ...oneNumber('count', Type.Integer({minimum: 1, maximum: 4096, description: 'How often the channels are repeated.'})),
  outputShape: ({count}, input) =>
    ofPicture('repeatChannels', input, (height, width, channels) => fits([height, width, channels * count])),
  apply: (input, _weights, params) => tf.tile(input, [1, 1, 1, params.count]),
});
