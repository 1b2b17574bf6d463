import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {addBias} from '../../tensor/kernels.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, fits, misfit, showShape} from '../layer.js';
import {oneNumber} from './shared.js';

/** Every output is a weighted sum of all inputs: x · kernel + bias, float32 [batch, inputs] → [batch, units]. */
export const dense = defineLayer({
  name: 'dense',
  description: 'Fully connected: x · kernel + bias.',
  ...oneNumber('units', Type.Integer({minimum: 1, maximum: 1_000_000, description: 'Number of outputs.'})),
  outputShape: ({units: outputs}, input) =>
    input.length === 1
      ? fits([outputs])
      : misfit(`Expected the input of \`dense\` to be a vector, got shape ${showShape(input)}`, 'Put `flatten` before it.'),
  weights: ({units: outputs}, [inputs = 0]) => [
    {name: 'kernel', shape: [inputs, outputs], initial: {kind: 'glorot', fanIn: inputs, fanOut: outputs}},
    {name: 'bias', shape: [outputs], initial: {kind: 'zeros'}},
  ],
  apply: (input, {kernel, bias}) => addBias(tf.matMul(input as tfjs.Tensor2D, kernel as tfjs.Tensor2D), bias as tfjs.Tensor1D),
});
