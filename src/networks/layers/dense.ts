import {Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {addBias} from '../../tensor/kernels.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, showShape} from '../layer.js';

interface Params {
  readonly units: number;
}

const units = Type.Integer({minimum: 1, maximum: 1_000_000, description: 'Number of outputs.'});

/** Every output is a weighted sum of all inputs: x · kernel + bias, float32 [batch, inputs] → [batch, units]. */
export const dense = defineLayer<Params>({
  name: 'dense',
  summary: 'Fully connected: x · kernel + bias.',
  params: Type.Union([units, Type.Object({units}, {additionalProperties: false})]),
  complete: (written) => (typeof written === 'number' ? {units: written} : (written as Params)),
  outputShape: ({units: outputs}, input) =>
    input.length === 1
      ? [outputs]
      : {
          problem: `Expected the input of \`dense\` to be a vector, got shape ${showShape(input)}`,
          hint: 'Put `flatten` before it.',
        },
  weights: ({units: outputs}, [inputs = 0]) => [
    {name: 'kernel', shape: [inputs, outputs], initial: {kind: 'glorot', fanIn: inputs, fanOut: outputs}},
    {name: 'bias', shape: [outputs], initial: {kind: 'zeros'}},
  ],
  apply: (input, {kernel, bias}) => addBias(tf.matMul(input as tfjs.Tensor2D, kernel as tfjs.Tensor2D), bias as tfjs.Tensor1D),
});
