import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, showShape} from '../layer.js';

/** Mean of each channel over all pixels, [batch, height, width, channels] → [batch, channels]. Source: Lin et al. 2013. */
export const globalAveragePool = defineLayer<undefined>({
  name: 'globalAveragePool',
  summary: 'Mean of each channel over all pixels.',
  params: undefined,
  complete: () => undefined,
  outputShape: (_params, input) =>
    input.length === 3
      ? [input[2] ?? 0]
      : {problem: `Expected the input of \`globalAveragePool\` to be [height, width, channels], got shape ${showShape(input)}`},
  weights: () => [],
  apply: (input) => tf.mean(input, [1, 2]),
});
