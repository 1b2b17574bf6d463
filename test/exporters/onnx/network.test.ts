import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {before, test} from 'node:test';
import type {LayerSpec} from '#tfpipe/core/ports.js';
import {networkToOnnx, onnxLayers} from '#tfpipe/exporters/onnx/network.js';
import {layerKinds} from '#tfpipe/networks/layers/index.js';
import {applyInBatches, Network} from '#tfpipe/networks/network.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {largestDifference} from '../../training/steps/gradients.js';
import {architectures, examplesOf, weightsOf} from './networks.js';

before(async () => void (await loadTensorFlow()));

/** Made by onnx_layers.py beside it. */
const reference = JSON.parse(readFileSync('test/reference/onnx_layers.json', 'utf8')) as Record<
  string,
  {readonly sha256: string; readonly shape: readonly number[]; readonly output: readonly number[]}
>;

for (const [name, architecture] of Object.entries(architectures))
  test(`${name}: onnxruntime computes with these very bytes what the network computes`, () => {
    const weights = weightsOf(architecture);
    const {sha256, shape, output} = reference[name] ?? {sha256: '', shape: [], output: []};
    assert.equal(
      createHash('sha256').update(networkToOnnx(architecture, weights)).digest('hex'),
      sha256,
      'the file is another: run test/reference/onnx_layers.py',
    );
    const network = Network.restore('network', architecture, weights);
    const found = applyInBatches((batch) => network.apply(batch, {mode: 'evaluation'}), examplesOf(architecture), 2);
    assert.deepEqual(found.shape, shape);
    assert.ok(largestDifference(found.data, output) < 1e-5, `off by ${largestDifference(found.data, output)}`);
    network.dispose();
  });

test('every kind of layer is written, and is in one of these networks', () => {
  const names = (layers: readonly LayerSpec[]): string[] =>
    layers.flatMap((layer) =>
      typeof layer === 'string'
        ? [layer]
        : Object.entries(layer).flatMap(([name, value]) => [name, ...(name === 'residual' ? names(value as LayerSpec[]) : [])]),
    );
  const used = new Set(Object.values(architectures).flatMap(({layers}) => names(layers)));
  assert.deepEqual([...layerKinds.keys()].sort(), [...onnxLayers].sort());
  assert.deepEqual([...used].sort(), [...layerKinds.keys()].sort());
});
