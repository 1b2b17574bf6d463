import {Type} from '@sinclair/typebox';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, showShape} from '../layer.js';

interface Params {
  readonly count: number;
}

const count = Type.Integer({minimum: 1, maximum: 4096, description: 'How often the channels are repeated.'});

/** All channels of [batch, height, width, channels] several times in a row: a grey picture becomes one of equal red, green and blue. */
export const repeatChannels = defineLayer<Params>({
  name: 'repeatChannels',
  summary: 'Channels several times in a row: grey to red, green, blue.',
  params: Type.Union([count, Type.Object({count}, {additionalProperties: false})]),
  complete: (written) => (typeof written === 'number' ? {count: written} : (written as Params)),
  outputShape: (params, input) =>
    input.length === 3
      ? [input[0] ?? 0, input[1] ?? 0, (input[2] ?? 0) * params.count]
      : {problem: `Expected the input of \`repeatChannels\` to be [height, width, channels], got shape ${showShape(input)}`},
  weights: () => [],
  apply: (input, _weights, params) => tf.tile(input, [1, 1, 1, params.count]),
});
