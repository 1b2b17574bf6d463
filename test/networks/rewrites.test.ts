import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Tensor} from '@tensorflow/tfjs';
import type {Architecture} from '#tfpipe/networks/architecture.js';
import type {ApplyContext} from '#tfpipe/networks/layer.js';
import type {Network} from '#tfpipe/networks/network.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {largestDifference} from '../training/steps/gradients.js';
import {newNetwork} from './new-network.js';

before(async () => void (await loadTensorFlow()));

/** The layers one by one, as written. */
function asWritten(network: Network, input: Tensor, context: ApplyContext): Tensor {
  const variables = new Map([...network.variables, ...network.averages].map((variable) => [variable.name, variable]));
  return network.layout.layers.reduce((value, {kind, params, weights}) => {
    const own = weights.map(({name}) => [name.slice(name.indexOf('.') + 1), variables.get(`network/${name}`) as Tensor]);
    return kind.apply(value, Object.fromEntries(own), params, context);
  }, input);
}

const cases: readonly (readonly [string, Architecture])[] = [
  ['pooling before tanh', {input: [8, 8, 2], layers: [{conv2d: {filters: 3, kernel: 3}}, 'tanh', {maxPool2d: 2}]}],
  ['relu before dropout', {input: [12], layers: [{dense: 40}, {dropout: 0.3}, 'relu', {dense: 3}]}],
  [
    'one small convolution for the doubled input',
    {input: [4, 4, 2], layers: [{upSample2d: 2}, {conv2d: {filters: 3, kernel: 5, padding: 'same'}}]},
  ],
  [
    'batch normalisation between',
    {input: [12], layers: [{dense: 6}, 'batchNorm', 'tanh', {reshape: [1, 2, 3]}, {upSample2d: 3}]},
  ],
];
for (const [what, architecture] of cases)
  test(`${what}: the same values and gradients as the layers one by one`, () => {
    const network = newNetwork('network', architecture);
    const input = tf.tidy(() => new RandomStream(9, tf.scalar(0, 'int32')).normal([5, ...architecture.input]));
    const through = (apply: (context: ApplyContext) => Tensor): number[][] =>
      tf.tidy(() => {
        const context = (): ApplyContext => ({mode: 'training', random: new RandomStream(1, tf.scalar(2, 'int32'))});
        const loss = () => tf.sum(tf.square(apply(context()))) as never;
        const {grads} = tf.variableGrads(loss, [...network.variables]);
        return [apply(context()), ...network.variables.map((variable) => grads[variable.name] as Tensor)].map((tensor) => [
          ...tensor.dataSync(),
        ]);
      });
    const [found, expected] = [
      through((context) => network.apply(input, context)),
      through((context) => asWritten(network, input, context)),
    ];
    for (const [index, values] of found.entries())
      assert.ok(largestDifference(values, expected[index] ?? []) < 1e-4, `output or gradient ${index}`);
    input.dispose();
    network.dispose();
  });
