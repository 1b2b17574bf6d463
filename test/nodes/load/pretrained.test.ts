import assert from 'node:assert/strict';
import {copyFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import type {ModelType, ModelValue} from '#tfpipe/core/ports.js';
import {networkOf, publishedAddress} from '#tfpipe/networks/pretrained/index.js';
import {node} from '#tfpipe/nodes/load/pretrained.js';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {loadRecipeText} from '#tfpipe/recipe/load-recipe.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {formulaWeights} from '../../networks/pretrained/formula.js';
import {nodeTypes, runNode} from '../run-node.js';

const folder = mkdtempSync(join(tmpdir(), 'tfpipe-pretrained-'));
before(async () => void (await loadTensorFlow()));
after(() => rmSync(folder, {recursive: true}));

const given = {network: 'mobilenetV2', size: 32, alpha: 0.1, weights: join(folder, 'mine.weights.h5')} as const;
const {architecture, places} = networkOf(given);
const weights = formulaWeights(architecture, places);

/** The weights as Keras 3 lays them out; what Keras itself writes is read in models/pretrained. */
async function save(path: string): Promise<void> {
  const {File, ready} = await import('h5wasm');
  const {FS} = await ready;
  const file = new File('/made.h5', 'w');
  const layers = file.create_group('layers');
  const groups = new Map<string, ReturnType<typeof layers.create_group>>();
  for (const [name, tensor] of Object.entries(weights)) {
    const {layer, index} = places[name] as {layer: string; index: number};
    const made = groups.get(layer) ?? layers.create_group(`layer_${groups.size}`).create_group('vars');
    if (!groups.has(layer)) made.create_attribute('name', layer);
    groups.set(layer, made);
    made.create_dataset({name: String(index), data: tensor.data as Float32Array, shape: [...tensor.shape]});
  }
  file.close();
  writeFileSync(path, FS.readFile('/made.h5'));
}

test('weights of a file become the network’s, and their content is in the key, not the path', async () => {
  await save(given.weights);
  const {outputs, metrics} = await runNode(node, {params: given});
  assert.deepEqual(outputs['model'] as ModelValue, {kind: 'model', architecture, weights});
  const {types, issues} = nodeTypes(node, {params: given});
  assert.deepEqual(issues, []);
  const {inputs, output} = types['model'] as ModelType;
  assert.deepEqual(
    [inputs['input'], output.shape],
    [{dtype: 'float32', shape: ['batch', 32, 32, 3], range: [0, 255]}, ['batch', 1280]],
  );
  assert.equal(
    metrics[0]?.values['parameters'],
    Object.values(weights).reduce((sum, {data}) => sum + data.length, 0),
  );
  const other = join(folder, 'copy.h5');
  copyFileSync(given.weights, other);
  const keys = await Promise.all([given.weights, other].map((path) => node.externals?.({...given, weights: path})));
  assert.deepEqual(keys[0], keys[1]);
  assert.notDeepEqual(keys[0], await node.externals?.({...given, weights: 'random'}));
  assert.notDeepEqual(keys[0], await node.externals?.({...given, weights: 'imagenet'}));
});

test('a file for another width, and one that is no file of Keras, fail in one sentence', async () => {
  await save(given.weights);
  await assert.rejects(
    runNode(node, {params: {...given, alpha: 0.5}}),
    /^Error: Expected the layer `Conv1` in `.*mine\.weights\.h5` to have a first weight of the shape \[3, 3, 3, 16\], as MobileNetV2 with alpha 0\.5 has, got \[3, 3, 3, 8\]$/,
  );
  const text = join(folder, 'text.h5');
  writeFileSync(text, 'no weights');
  await assert.rejects(
    runNode(node, {params: {...given, weights: text}}),
    /`.*text\.h5` to be a file of Keras .*, got 10 bytes that begin with `no weights`$/,
  );
});

test('random weights are a function of the seed', async () => {
  const random = (seed: number) => runNode(node, {params: {...given, weights: 'random'}, seed});
  const [first, again, other] = [await random(1), await random(1), await random(2)];
  assert.deepEqual(first.outputs, again.outputs);
  assert.notDeepEqual(first.outputs, other.outputs);
});

test('Keras’s addresses', () => {
  const base =
    'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_';
  const choice = {...given, weights: 'imagenet'};
  assert.equal(publishedAddress({...choice, alpha: 1, size: 224}), `${base}1.0_224_no_top.h5`);
  assert.equal(publishedAddress({...choice, alpha: 0.35, size: 96}), `${base}0.35_96_no_top.h5`);
  assert.equal(publishedAddress({...choice, alpha: 1.4, size: 200}), `${base}1.4_224_no_top.h5`);
  assert.equal(
    publishedAddress({...choice, network: 'efficientnetB0'}),
    'https://storage.googleapis.com/keras-applications/efficientnetb0_notop.h5',
  );
});

for (const [what, params, expected] of [
  ['a width without published weights', {weights: 'imagenet'}, /one that there are weights for \(0\.35, .*\), got 0\.1$/],
  [
    'a width of EfficientNetB0',
    {network: 'efficientnetB0'},
    /^Expected `alpha` to be 1 where the network is `efficientnetB0`, got 0\.1$/,
  ],
] as const)
  test(`${what} is reported`, () => {
    const {issues} = nodeTypes(node, {params: {...given, ...params}});
    assert.deepEqual(
      issues.map(({path}) => path),
      [['with', 'alpha']],
    );
    assert.match(issues[0]?.message ?? '', expected);
  });

test('a path goes from the recipe’s folder; a file that is not there is an error at its place', async () => {
  await save(given.weights);
  const load = (weightsPath: string) =>
    loadRecipeText(
      {
        name: join(folder, 'x.yaml'),
        text: `name: x\nstages:\n  mine: {use: load/pretrained, with: {alpha: 0.1, size: 32, weights: ${weightsPath}}}\n`,
      },
      {registry: builtinNodes()},
    );
  const {recipe} = await load('./mine.weights.h5');
  assert.equal(recipe?.stages[0]?.params['weights'], given.weights);
  const {diagnostics} = await load('./none.h5');
  assert.deepEqual(
    diagnostics.map(({code, message}) => [code, message]),
    [['bad-path', 'Expected `weights` to name a file, got `./none.h5`, where there is none']],
  );
});
