import {Type} from '@sinclair/typebox';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';

interface Params {
  readonly deviation: number;
}

const deviation = Type.Number({minimum: 0, description: 'Standard deviation of what is added while training.'});

/** Adds normal noise of mean 0 to every value while training, as a denoising autoencoder wants (Vincent et al. 2008). */
export const gaussianNoise = defineLayer<Params>({
  name: 'gaussianNoise',
  summary: 'Adds normal noise while training.',
  params: Type.Union([deviation, Type.Object({deviation}, {additionalProperties: false})]),
  complete: (written) => (typeof written === 'number' ? {deviation: written} : (written as Params)),
  outputShape: (_params, input) => input,
  weights: () => [],
  apply: (input, _weights, params, {mode, random}) => {
    if (mode === 'evaluation' || params.deviation === 0) return input;
    if (!random) throw new Error('noise in training mode needs random numbers');
    return tf.add(input, random.normal(input.shape, 0, params.deviation));
  },
});
