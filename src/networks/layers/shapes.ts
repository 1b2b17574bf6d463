import {Type} from '@sinclair/typebox';
import {sizeOf} from '../../core/host-tensor.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits, misfit, showShape} from '../layer.js';

export const flatten = defineLayer({
  name: 'flatten',
  description: 'All values of an example in one vector.',
  outputShape: (_params, input) => fits([sizeOf(input)]),
  apply: (input) => tf.reshape(input, [input.shape[0] ?? 0, sizeOf(input.shape.slice(1))]),
});

export const reshape = defineLayer<readonly number[]>({
  name: 'reshape',
  description: 'The same values in another shape.',
  params: Type.Array(Type.Integer({minimum: 1}), {minItems: 1, maxItems: 4, description: 'Shape of one example.'}),
  complete: (written) => written as readonly number[],
  outputShape: (shape, input) =>
    sizeOf(shape) === sizeOf(input)
      ? fits(shape)
      : misfit(
          `Expected the input of \`reshape: ${showShape(shape)}\` to have ${sizeOf(shape)} values, got ${sizeOf(input)} (shape ${showShape(input)})`,
        ),
  apply: (input, _weights, shape) => tf.reshape(input, [input.shape[0] ?? 0, ...shape]),
});
