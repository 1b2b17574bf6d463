import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {Network} from '#tfpipe/networks/network.js';
import {narrowed, narrowedLayers} from '#tfpipe/networks/trained.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {largestDifference} from '../training/steps/gradients.js';
import {newNetwork} from './new-network.js';

before(async () => void (await loadTensorFlow()));

test('a narrowed network gives some of the values of the whole one, before its softmax', () => {
  const whole = newNetwork('whole', {input: [4], layers: [{dense: 6}, 'relu', {dense: 5}, {softmaxLast: 3}]});
  const input = tf.tensor2d([1, -2, 3, 0.5, -1, 0.2, 0.7, 2], [2, 4]);
  const logits = whole.logits(input, {mode: 'evaluation'});
  for (const [start, end] of [
    [0, 2],
    [2, 5],
  ] as const) {
    const part = narrowed({architecture: whole.architecture, weights: whole.weights()}, start, end);
    const network = Network.restore('part', part.architecture, part.weights);
    const expected = tf.slice(logits, [0, start], [2, end - start]).dataSync();
    assert.ok(largestDifference(network.apply(input, {mode: 'evaluation'}).dataSync(), expected) < 1e-6);
    network.dispose();
  }
  whole.dispose();
});

test('a network that does not end in a dense layer cannot be narrowed', () => {
  assert.equal(narrowedLayers([{dense: 5}, 'relu', {softmaxLast: 3}], 2), undefined);
  assert.deepEqual(narrowedLayers(['flatten', {dense: {units: 5}}], 2), ['flatten', {dense: 2}]);
});
