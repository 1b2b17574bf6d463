import type * as tfjs from '@tensorflow/tfjs';
import {relu, relu6, sigmoid, softplus, swish, tanh} from '../../tensor/kernels.js';
import {tf} from '../../tensor/tensorflow.js';
import {defineLayer, type LayerKind} from '../layer.js';

type Activate = (input: tfjs.Tensor) => tfjs.Tensor;

/** Functions applied to each value (softmax: to each example), and the range of what they give. */
const activations: readonly {name: string; description: string; range?: readonly [number, number]; activate: Activate}[] = [
  {name: 'relu', description: 'max(x, 0).', range: [0, Number.POSITIVE_INFINITY], activate: (input) => relu(input)},
  {name: 'relu6', description: 'max(x, 0), at most 6.', range: [0, 6], activate: (input) => relu6(input)},
  {name: 'swish', description: 'x · sigmoid(x).', activate: (input) => swish(input)},
  {name: 'tanh', description: 'Hyperbolic tangent, −1 to 1.', range: [-1, 1], activate: (input) => tanh(input)},
  {name: 'sigmoid', description: '1 / (1 + e^−x), 0 to 1.', range: [0, 1], activate: (input) => sigmoid(input)},
  {name: 'softplus', description: 'log(1 + e^x).', range: [0, Number.POSITIVE_INFINITY], activate: (input) => softplus(input)},
  {name: 'softmax', description: 'Probabilities over the last axis.', range: [0, 1], activate: (input) => tf.softmax(input)},
];

export const activationLayers: readonly LayerKind[] = activations.map(({name, description, activate}) =>
  defineLayer({name, description, apply: (input) => activate(input)}),
);

/** Range of a network's output when its last layer is an activation that bounds it. */
export const activationRange = (name: string): readonly [number, number] | undefined =>
  activations.find((activation) => activation.name === name)?.range;
