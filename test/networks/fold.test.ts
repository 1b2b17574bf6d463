import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {type HostTensor, hostTensor, type PackedTensor} from '#tfpipe/core/host-tensor.js';
import type {Architecture} from '#tfpipe/networks/architecture.js';
import {foldForInference} from '#tfpipe/networks/fold.js';
import {Network} from '#tfpipe/networks/network.js';
import {mobilenetV2} from '#tfpipe/networks/pretrained/mobilenet-v2.js';
import {fitPictures, joinNetworks, partOf, type Trained} from '#tfpipe/networks/trained.js';
import {applyCompiled} from '#tfpipe/tensor/compiled-function.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {uploadRows} from '#tfpipe/tensor/upload.js';
import {architectures, examplesOf, weightsOf} from '../exporters/onnx/networks.js';
import {largestDifference} from '../training/steps/gradients.js';
import {formulaWeights} from './pretrained/formula.js';

before(async () => void (await loadTensorFlow()));

function outputOf({architecture, weights}: Trained, examples: PackedTensor): Float32Array {
  const network = Network.restore('network', architecture, weights);
  const values = tf.tidy(() => network.apply(uploadRows(examples, 0, 3), {mode: 'evaluation'}).dataSync());
  network.dispose();
  return values as Float32Array;
}

const small = mobilenetV2(0.1);
const fitted = fitPictures([20, 20, 1], [40, 40, 3]);
assert.ok(fitted.status === 'fits');
const mobile: Trained = joinNetworks(
  {architecture: {input: [20, 20, 1], layers: fitted.layers}, weights: {}},
  {
    architecture: {input: [40, 40, 3], layers: small.layers},
    weights: formulaWeights({input: [40, 40, 3], layers: small.layers}, small.places),
  },
);
const networks: Readonly<Record<string, Trained>> = {
  ...Object.fromEntries(
    Object.entries(architectures).map(([name, architecture]) => [name, {architecture, weights: weightsOf(architecture)}]),
  ),
  'grey pictures into MobileNetV2': mobile,
};
const normalises = (layers: Architecture['layers']): boolean => JSON.stringify(layers).includes('batchNorm');

for (const [name, network] of Object.entries(networks))
  test(`${name}: folded, it computes the same`, () => {
    const folded = foldForInference(network);
    const examples = examplesOf(network.architecture);
    const difference = largestDifference(outputOf(folded, examples), outputOf(network, examples));
    assert.ok(difference < 1e-4, `off by ${difference}`);
  });

test('no normalisation is left of MobileNetV2, and its first convolution sees one channel', () => {
  const {architecture, weights} = foldForInference(mobile);
  assert.ok(normalises(mobile.architecture.layers) && !normalises(architecture.layers));
  assert.ok(!JSON.stringify(architecture.layers).includes('repeatChannels'));
  assert.deepEqual(weights['2.kernel']?.shape, [3, 3, 1, 8]);
});

test('a network taken apart and joined again is the same', () => {
  const {layers} = mobile.architecture;
  assert.deepEqual(joinNetworks(partOf(mobile, 0, 9), partOf(mobile, 9, layers.length)), mobile);
  assert.deepEqual(partOf(mobile, 2, 3).architecture.input, [40, 40, 3]);
});

for (const [given, wanted, expected] of [
  [
    [28, 28, 1],
    [96, 96, 3],
    [{resize2d: [96, 96]}, {repeatChannels: 3}],
  ],
  [[96, 96, 3], [96, 96, 3], []],
  [[32, 32, 3], [96, 96, 3], [{resize2d: [96, 96]}]],
  [[96, 96, 1], [96, 96, 3], [{repeatChannels: 3}]],
] as const)
  test(`pictures ${given.join('×')} for ${wanted.join('×')}: ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(fitPictures(given, wanted), {status: 'fits', layers: expected});
  });

test('colour for a grey network, and vectors, do not fit', () => {
  for (const [given, wanted] of [
    [
      [8, 8, 3],
      [8, 8, 1],
    ],
    [[64], [8, 8, 1]],
  ] as const)
    assert.match(
      (fitPictures(given, wanted) as {problem: string}).problem,
      /^Expected pictures that can be made \[8, 8, 1\], .*, got shape \[[\d, ]+\]$/,
    );
});

test('compiled, in batches that are not all full, from bytes: what the network gives layer by layer, and no tensor left', async () => {
  const network = Network.restore('network', mobile.architecture, mobile.weights);
  const bytes = hostTensor(
    'uint8',
    [5, 20, 20, 1],
    Uint8Array.from({length: 2000}, (_, at) => (at * 7919) % 256),
  );
  const examples: PackedTensor = {...bytes, affine: {scale: 1 / 255, offset: -0.5}};
  const compute = (batch: Parameters<Network['apply']>[0]) => network.apply(batch, {mode: 'evaluation'});
  const tensors = tf.memory().numTensors;
  const done: number[] = [];
  const found: HostTensor = await applyCompiled(compute, examples, 2, (rows) => void done.push(rows));
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(done, [2, 4, 5]);
  assert.deepEqual(found.shape, [5, 1280]);
  const expected = tf.tidy(() => compute(uploadRows(examples, 0, 5)).dataSync());
  assert.ok(largestDifference(found.data, expected) < 1e-5);
  network.dispose();
});
