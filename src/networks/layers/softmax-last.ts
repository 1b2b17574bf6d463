import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits, misfit, showShape} from '../layer.js';
import {oneNumber} from './shared.js';

/**
 * Leaves the first values of a vector as they are and makes probabilities of the last: float32 [batch, style + count] → the same shape.
 * A code of style and class (Makhzani et al. 2015, section 5).
 */
export const softmaxLast = defineLayer({
  name: 'softmaxLast',
  description: 'Probabilities (softmax) of the last values, as many as it says; those before stay.',
  ...oneNumber(
    'count',
    Type.Integer({minimum: 2, maximum: 1_000_000, description: 'How many values, from the end, become probabilities.'}),
  ),
  outputShape: (params, input) =>
    input.length === 1 && (input[0] ?? 0) > params.count
      ? fits(input)
      : misfit(
          `Expected the input of \`softmaxLast: ${params.count}\` to be a vector of more than ${params.count} values, got shape ${showShape(input)}`,
        ),
  apply: (input, _weights, params) => {
    const sizes = [(input.shape[1] ?? 0) - params.count, params.count];
    const [first, last] = tf.split(input, sizes, 1) as [tfjs.Tensor, tfjs.Tensor];
    return tf.concat([first, tf.softmax(last)], 1);
  },
});
