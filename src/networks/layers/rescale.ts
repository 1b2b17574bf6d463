import {Type} from '@sinclair/typebox';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits, misfit, showShape} from '../layer.js';

interface Params {
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}

const numbers = ({description}: {readonly description: string}) =>
  Type.Union([Type.Number(), Type.Array(Type.Number(), {minItems: 1, maxItems: 4096})], {description});

/** scale · x + offset of every value, or of each channel (the last axis) by numbers of its own. */
export const rescale = defineLayer<Params>({
  name: 'rescale',
  description: 'scale · x + offset, all channels alike or each by its own.',
  params: Type.Object(
    {
      scale: Type.Optional(numbers({description: 'A number, or one a channel; 1 when not given.'})),
      offset: Type.Optional(numbers({description: 'A number, or one a channel; 0 when not given.'})),
    },
    {additionalProperties: false},
  ),
  complete: (written) => ({scale: 1, offset: 0, ...(written as Partial<Params>)}),
  outputShape: ({scale, offset}, input) => {
    const channels = input.at(-1) ?? 0;
    const wrong = [scale, offset].find((given) => typeof given === 'object' && given.length !== channels);
    return wrong === undefined
      ? fits(input)
      : misfit(
          `Expected \`rescale\` to have a number for each of ${channels} channels of ${showShape(input)}, got ${showShape([wrong].flat())}`,
        );
  },
  apply: (input, _weights, {scale, offset}) => tf.add(tf.mul(input, asTensor(scale)), asTensor(offset)),
});

const asTensor = (given: number | readonly number[]) => (typeof given === 'number' ? tf.scalar(given) : tf.tensor1d([...given]));
