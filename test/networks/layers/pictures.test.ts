import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs';
import {type Architecture, layOut} from '#tfpipe/networks/architecture.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {assertGradient, largestDifference} from '../../training/steps/gradients.js';
import {newNetwork} from '../new-network.js';

before(async () => void (await loadTensorFlow()));

const picture = [4, 4, 2];
const values = Array.from({length: 32}, (_, at) => Math.sin(at));
const input = (): Tensor4D => tf.tensor4d(values, [1, 4, 4, 2]);
const apply = (layers: Architecture['layers'], given: Tensor): Tensor => {
  const network = newNetwork('pictures', {input: given.shape.slice(1), layers});
  const output = network.apply(given, {mode: 'evaluation'});
  network.dispose();
  return output;
};

test('a depthwise convolution is one convolution a channel; weights are counted', () => {
  const network = newNetwork('depthwise', {
    input: picture,
    layers: [{depthwiseConv2d: {kernel: 3, stride: 2, padding: 'same'}}],
  });
  const kernel = network.variables[0] as unknown as Tensor4D;
  assert.equal(network.layout.parameters, 9 * 2 + 2);
  const found = network.apply(input(), {mode: 'evaluation'});
  const apart = tf
    .split(input(), 2, 3)
    .map((channel, index) => tf.conv2d(channel as Tensor4D, tf.slice(kernel, [0, 0, index, 0], [3, 3, 1, 1]), 2, 'same'));
  assert.ok(largestDifference(found.dataSync(), tf.concat(apart, 3).dataSync()) < 1e-6);
  network.dispose();
});

for (const layer of [
  {depthwiseConv2d: {kernel: 3, padding: 'same'}},
  {squeezeExcite: 2},
  {resize2d: [7, 5]},
  {repeatChannels: 3},
  {rescale: {scale: [0.5, 2], offset: 1}},
  'standardise',
])
  test(`the gradient of ${JSON.stringify(layer)} is that of finite differences`, () => {
    const network = newNetwork('gradient', {input: picture, layers: [layer]});
    assertGradient((given) => network.apply(given, {mode: 'evaluation'}), values, [1, 4, 4, 2], 5e-3);
    network.dispose();
  });

test('resizing goes between the centres of pixels: a row of 0 and 1 made four times as long', () => {
  const found = apply([{resize2d: [1, 8]}], tf.tensor4d([0, 1], [1, 1, 2, 1])).dataSync();
  // centres at −0.375, −0.125, 0.125, …, held at the ends
  assert.deepEqual([...found], [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]);
});

test('channels are repeated, rescaled and standardised by numbers of their own', () => {
  const grey = tf.tensor4d([1, 2], [1, 1, 2, 1]);
  assert.deepEqual(
    [...apply([{repeatChannels: 2}, {rescale: {scale: [1, 10], offset: [0, 1]}}], grey).dataSync()],
    [1, 11, 2, 21],
  );
  const network = newNetwork('standardise', {input: [1, 2, 1], layers: ['standardise']});
  assert.equal(network.layout.parameters, 0);
  for (const [index, value] of [5, 4].entries()) network.averages[index]?.assign(tf.tensor1d([value]));
  assert.deepEqual([...network.apply(grey, {mode: 'training'}).dataSync()], [-2, -1.5]);
  network.dispose();
});

test('dropPath drops whole examples while training, and scales the others', () => {
  const network = newNetwork('path', {input: [2, 2, 1], layers: [{residual: [{dropPath: 0.5}]}]});
  const ones = tf.ones([400, 2, 2, 1]);
  const random = new RandomStream(3, tf.scalar(1, 'int32'));
  const found = network.apply(ones, {mode: 'training', random}).dataSync();
  const firsts = Array.from({length: 400}, (_, example) => found[4 * example] as number);
  // the shortcut stays: 1, or 1 + 1 / 0.5
  assert.deepEqual([...new Set(found)].sort(), [1, 3]);
  for (const [example, first] of firsts.entries())
    assert.deepEqual([...found.slice(4 * example, 4 * example + 4)], new Array(4).fill(first));
  assert.ok(Math.abs(firsts.filter((value) => value === 3).length - 200) < 50);
  assert.deepEqual([...new Set(network.apply(ones, {mode: 'evaluation'}).dataSync())], [2]);
  network.dispose();
});

for (const [what, layer, problem] of [
  ['resize2d', {resize2d: 3}, 'Expected the input of `resize2d` to be [height, width, channels], got shape [32]'],
  [
    'repeatChannels',
    {repeatChannels: 3},
    'Expected the input of `repeatChannels` to be [height, width, channels], got shape [32]',
  ],
  ['squeezeExcite', {squeezeExcite: 3}, 'Expected the input of `squeezeExcite` to be [height, width, channels], got shape [32]'],
  [
    'rescale',
    {rescale: {scale: [1, 2, 3]}},
    'Expected `rescale` to have a number for each of 32 channels of [32], got [1, 2, 3]',
  ],
  [
    'depthwiseConv2d',
    {depthwiseConv2d: {kernel: 3}},
    'Expected the input of `depthwiseConv2d` to be [height, width, channels], got shape [32]',
  ],
] as const)
  test(`${what} on what it cannot take is reported`, () => {
    const found = layOut({input: picture, layers: ['flatten', layer]});
    assert.deepEqual(found.status === 'misfit' && [found.index, found.problem], [1, problem]);
  });
