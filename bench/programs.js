// The trainings: the losses and layers that our nodes use, on pixels brought to the range that the recipe gives them.

import {Network} from '#tfpipe/networks/network.js';
import {tf} from '#tfpipe/tensor/tensorflow.js';
import {AdversarialObjective} from '#tfpipe/training/objectives/adversarial.js';
import {classifierPhases} from '#tfpipe/training/objectives/classifier.js';
import {generativePhases} from '#tfpipe/training/objectives/generative.js';

const image = [28, 28, 1];
const hidden = (units) => [{dense: units}, {dropout: 0.2}, 'relu'];
const adam = (rate) => ({adam: {rate}});
const scaled = (batch, factor, offset) => ({...batch, images: tf.add(tf.mul(batch.images, factor), offset)});

/** pipelines/aae-unsupervised.yaml */
export function adversarial(_work, random) {
  const networks = {
    encoder: Network.initialise(
      'encoder',
      {input: image, layers: ['flatten', ...hidden(392), ...hidden(392), {dense: 10}]},
      random,
    ),
    decoder: Network.initialise(
      'decoder',
      {input: [10], layers: [...hidden(392), ...hidden(392), {dense: 784}, {reshape: image}, 'sigmoid']},
      random,
    ),
    discriminator: Network.initialise(
      'discriminator',
      {input: [10], layers: [...hidden(1500), ...hidden(1500), {dense: 1}, 'sigmoid']},
      random,
    ),
  };
  const optimizers = {encoder: adam(1e-3), decoder: adam(1e-3), discriminator: adam(1e-3), generator: adam(1e-4)};
  const objective = new AdversarialObjective(networks, {priorDeviation: 5, optimizers});
  const phases = (batch, stream) => objective.phases(scaled(batch, 1 / 255, 0), stream);
  return {batchSize: 1024, uses: ['images'], phases, unit: 's/epoch'};
}

const classifiers = {
  mlp: ['flatten', {dense: 128}, 'relu', {dense: 10}],
  lenet: [
    ...[{conv2d: {filters: 6, kernel: 5}}, 'tanh', {maxPool2d: 2}],
    ...[{conv2d: {filters: 16, kernel: 5}}, 'tanh', {maxPool2d: 2}],
    ...['flatten', {dense: 120}, 'tanh', {dense: 84}, 'tanh', {dense: 10}],
  ],
};

export function classifier(work, random) {
  const network = Network.initialise(work, {input: image, layers: classifiers[work]}, random);
  const phases = (batch, stream) => classifierPhases(network, adam(1e-3), scaled(batch, 1 / 255, 0), stream);
  return {batchSize: 32, uses: ['images', 'labels'], phases, unit: 'ms/step'};
}

export function generative(_work, random) {
  const networks = {
    generator: Network.initialise(
      'generator',
      {
        input: [100],
        layers: [
          ...[{dense: 1024}, 'tanh', {dense: 6272}, 'batchNorm', 'tanh', {reshape: [7, 7, 128]}],
          ...[{upSample2d: 2}, {conv2d: {filters: 64, kernel: 5, padding: 'same'}}, 'tanh'],
          ...[{upSample2d: 2}, {conv2d: {filters: 1, kernel: 5, padding: 'same'}}, 'tanh'],
        ],
      },
      random,
    ),
    discriminator: Network.initialise(
      'discriminator',
      {
        input: image,
        layers: [
          ...[{conv2d: {filters: 64, kernel: 5, padding: 'same'}}, 'tanh', {maxPool2d: 2}],
          ...[{conv2d: {filters: 128, kernel: 5}}, 'tanh', {maxPool2d: 2}],
          ...['flatten', {dense: 1024}, 'tanh', {dense: 1}, 'sigmoid'],
        ],
      },
      random,
    ),
  };
  const descent = {sgd: {rate: 5e-4, momentum: 0.9, nesterov: true}};
  const options = {optimizers: {generator: descent, discriminator: descent}, noise: 'uniform', realLabel: 1};
  const phases = (batch, stream) => generativePhases(networks, options, scaled(batch, 1 / 127.5, -1), stream);
  return {batchSize: 1024, uses: ['images'], phases, unit: 's/step'};
}
