import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {before, test} from 'node:test';
import type {Tensor} from '@tensorflow/tfjs';
import {layOut} from '#tfpipe/networks/architecture.js';
import {Network} from '#tfpipe/networks/network.js';
import {efficientnetB0} from '#tfpipe/networks/pretrained/efficientnet-b0.js';
import {mobilenetV2} from '#tfpipe/networks/pretrained/mobilenet-v2.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {largestDifference} from '../../training/steps/gradients.js';
import {formulaWeights, uniform} from './formula.js';

before(async () => void (await loadTensorFlow()));

type Mode = 'evaluation' | 'training';
/** Made by pretrained_keras.py beside it: a feature in ten of each of three pictures. */
const reference = JSON.parse(readFileSync('test/reference/pretrained_keras.json', 'utf8')) as Record<
  'mobilenetV2' | 'efficientnetB0',
  Record<Mode, number[][]>
>;

const size = 64;
for (const [name, named] of [
  ['mobilenetV2', mobilenetV2(0.35)],
  ['efficientnetB0', efficientnetB0({published: false, dropPath: 0})],
] as const)
  for (const mode of ['evaluation', 'training'] as const)
    test(`${name} in ${mode} computes what Keras's computes with the same weights`, () => {
      const architecture = {input: [size, size, 3], layers: named.layers};
      const network = Network.restore('network', architecture, formulaWeights(architecture, named.places));
      const pictures = tf.tensor4d(
        Float32Array.from(uniform(3 * size * size * 3, 5), (value) => 255 * value),
        [3, size, size, 3],
      );
      const features = network.apply(pictures, {mode}).arraySync() as number[][];
      const expected = reference[name][mode];
      for (const [index, example] of features.entries()) {
        const some = example.filter((_, at) => at % 10 === 0);
        const difference = largestDifference(some, expected[index] ?? []);
        assert.ok(difference < 1e-4, `picture ${index}: off by ${difference}`);
      }
      pictures.dispose();
      network.dispose();
    });

for (const [alpha, all, features] of [
  [1, 2_257_984, 1280],
  [0.35, 410_208, 1280],
  [0.5, 706_224, 1280],
  [0.75, 1_382_064, 1280],
  [1.3, 3_766_048, 1664],
  [1.4, 4_363_712, 1792],
] as const)
  test(`MobileNetV2 with alpha ${alpha} has Keras's ${all} parameters`, () => {
    const found = layOut({input: [224, 224, 3], layers: mobilenetV2(alpha).layers});
    assert.ok(found.status === 'fits');
    assert.deepEqual([found.layout.parameters + found.layout.averages, found.layout.output], [all, [features]]);
  });

test('EfficientNetB0 has Keras’s 4,049,571 parameters but one, a count of examples', () => {
  const {layers, places} = efficientnetB0({published: true, dropPath: 0.2});
  const found = layOut({input: [224, 224, 3], layers});
  assert.ok(found.status === 'fits');
  assert.equal(found.layout.parameters + found.layout.averages, 4_049_571 - 1);
  // every weight has a place, and every place a weight
  const names = found.layout.layers.flatMap((layer) => layer.weights.map(({name}) => name));
  assert.deepEqual(Object.keys(places).toSorted(), names.toSorted());
});

test('the published weights of EfficientNetB0 divide by the deviation once more, as Keras with `weights="imagenet"`', () => {
  const grey = tf.fill([1, 32, 32, 3], 255);
  const stem = (published: boolean): number[] => {
    const {layers, places} = efficientnetB0({published, dropPath: 0});
    const architecture = {input: [32, 32, 3], layers: layers.slice(0, published ? 3 : 2)};
    const network = Network.restore('stem', architecture, formulaWeights(architecture, places));
    const values = (network.apply(grey, {mode: 'evaluation'}) as Tensor).dataSync();
    network.dispose();
    return [...values.slice(0, 3)];
  };
  const [plain, divided] = [stem(false), stem(true)];
  const expected = plain.map((value, channel) => value / Math.sqrt([0.229, 0.224, 0.225][channel] ?? 0));
  assert.ok(largestDifference(divided, expected) < 1e-5);
});
