import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, ModelValue, PortType, TableValue} from '#tfpipe/core/ports.js';
import type {Architecture} from '#tfpipe/networks/architecture.js';
import {applyInBatches, Network} from '#tfpipe/networks/network.js';
import {node} from '#tfpipe/nodes/train/adversarial-autoencoder.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {dataset, type NodeRun, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const paper = {
  labels: 'decoder',
  encoder: ['flatten', {dense: 392}, {dropout: 0.2}, 'relu', {dense: 392}, {dropout: 0.2}, 'relu', {dense: 10}],
  decoder: [
    {dense: 392},
    {dropout: 0.2},
    'relu',
    {dense: 392},
    {dropout: 0.2},
    'relu',
    {dense: 784},
    {reshape: [28, 28, 1]},
    'sigmoid',
  ],
  discriminator: [{dense: 1500}, {dropout: 0.2}, 'relu', {dense: 1500}, {dropout: 0.2}, 'relu', {dense: 1}, 'sigmoid'],
};
const small = {
  encoder: ['flatten', {dense: 8}, {dropout: 0.2}, 'relu', {dense: 2}],
  decoder: [{dense: 8}, 'relu', {dense: 16}, {reshape: [4, 4, 1]}, 'sigmoid'],
  discriminator: [{dense: 8}, {dropout: 0.2}, 'relu', {dense: 1}, 'sigmoid'],
};
const rates = {
  encoder: {adam: {rate: 1e-2}},
  decoder: {adam: {rate: 1e-2}},
  discriminator: {adam: {rate: 1e-3}},
  generator: {adam: {rate: 1e-4}},
};
const given = {
  labels: 'decoder',
  ...small,
  priorDeviation: 5,
  epochs: 5,
  batchSize: 20,
  optimizers: rates,
  validateEvery: 5,
  precision: 'float32',
  compile: true,
};

const split = (examples: number, size: number) =>
  ({
    images: {dtype: 'float32', shape: [examples, size, size, 1], range: [0, 1]},
    labels: {dtype: 'uint8', shape: [examples], range: [0, 9]},
  }) as const;
const typeOf = (size: number): DatasetType => ({kind: 'dataset', splits: {train: split(20, size), validation: split(10, size)}});

/** Pictures with a bright square whose place depends on the label: something that can be learned. */
function pictures(count: number) {
  const images = new Float32Array(count * 16);
  const labels = Uint8Array.from({length: count}, (_, index) => index % 10);
  for (let index = 0; index < count; index++)
    for (let pixel = 0; pixel < 16; pixel++) images[index * 16 + pixel] = (pixel + (labels[index] ?? 0)) % 5 === 0 ? 0.9 : 0.1;
  return {images: hostTensor('float32', [count, 4, 4, 1], images), labels: hostTensor('uint8', [count], labels)};
}
const data = dataset({train: pictures(20), validation: pictures(10)});
const train = (params: Record<string, unknown> = {}): Promise<NodeRun> =>
  runNode(node, {params: {...given, ...params}, inputs: {data}, types: {data: typeOf(4)}, seed: 3});
const history = (run: NodeRun): TableValue['columns'] => (run.outputs['history'] as TableValue).columns;

test('the paper’s networks have the parameters that their shapes give', () => {
  const {types, issues} = nodeTypes(node, {params: {...given, ...paper}, types: {data: typeOf(28)}});
  assert.deepEqual(issues, []);
  const parameters = (port: string): unknown => (types[port] as Extract<PortType, {kind: 'model'}>).parameters;
  // Σ (inputs + 1) · outputs over the dense layers
  assert.equal(parameters('encoder'), 785 * 392 + 393 * 392 + 393 * 10);
  assert.equal(parameters('decoder'), 21 * 392 + 393 * 392 + 393 * 784);
  assert.equal(parameters('discriminator'), 11 * 1500 + 1501 * 1500 + 1501);
});

for (const [what, changes, path, message] of [
  [
    'a decoder of another size',
    {decoder: [{dense: 15}, 'sigmoid']},
    ['with', 'decoder', 1],
    /end in shape \[4, 4, 1\], got \[15\]/,
  ],
  ['a decoder without its sigmoid', {decoder: [{dense: 16}, {reshape: [4, 4, 1]}]}, ['with', 'decoder', 1], /end in `sigmoid`/],
  [
    'a discriminator with two outputs',
    {discriminator: [{dense: 2}, 'sigmoid']},
    ['with', 'discriminator', 1],
    /end in shape \[1\], got \[2\]/,
  ],
  ['a code that is no vector', {encoder: ['relu']}, ['with', 'encoder', 0], /code to be a vector, got shape \[4, 4, 1\]/],
  ['a dense layer on a picture', {encoder: [{dense: 2}]}, ['with', 'encoder', 0], /to be a vector, got shape \[4, 4, 1\]/],
] as const) {
  test(`${what} is reported at its layer`, () => {
    const {issues} = nodeTypes(node, {params: {...given, ...changes}, types: {data: typeOf(4)}});
    assert.deepEqual(issues[0]?.path, path);
    assert.match(issues[0]?.message ?? '', message);
  });
}

test('training learns: the reconstruction loss falls, and validation is measured when asked', async () => {
  const columns = history(await train({epochs: 40}));
  const losses = columns['reconstructionLoss'] as number[];
  assert.ok((losses.at(-1) ?? 1) < 0.8 * (losses[0] ?? 0), `${losses[0]} → ${losses.at(-1)}`);
  assert.deepEqual(
    (columns['validation/reconstructionLoss'] ?? []).flatMap((value, index) => (value === null ? [] : [index + 1])),
    [5, 10, 15, 20, 25, 30, 35, 40],
  );
});

test('the same seed gives the same bits, and no tensor is left behind', async () => {
  const first = await train();
  const tensors = tf.memory().numTensors;
  const second = await train();
  assert.deepEqual(second, first);
  assert.equal(tf.memory().numTensors, tensors);
});

test('compiled and run op by op, the losses agree', async () => {
  const [compiled, eager] = [history(await train()), history(await train({compile: false}))];
  for (const name of ['reconstructionLoss', 'discriminatorLoss', 'generatorLoss'])
    for (const [epoch, value] of (compiled[name] ?? []).entries()) {
      const other = Number(eager[name]?.[epoch]);
      assert.ok(
        Math.abs(Number(value) - other) < 2e-4 * Math.abs(other),
        `${name} after epoch ${epoch + 1}: ${value} and ${other}`,
      );
    }
});

test('the untrained discriminator is undecided: its loss starts near 2 log 2, the generator’s near log 2', async () => {
  // one tiny step: the weights are still those of the start
  const still = {adam: {rate: 1e-9}};
  const columns = history(
    await train({
      epochs: 1,
      priorDeviation: 0.01,
      optimizers: {encoder: still, decoder: still, discriminator: still, generator: still},
    }),
  );
  assert.ok(Math.abs(Number(columns['discriminatorLoss']?.[0]) - 2 * Math.log(2)) < 0.15);
  assert.ok(Math.abs(Number(columns['generatorLoss']?.[0]) - Math.log(2)) < 0.15);
});

test('a golden curve of five steps', async () => {
  const columns = history(await train());
  // from this node's own first version: a change of these numbers is a change of what training computes
  const golden = [0.714, 0.706, 0.696, 0.689, 0.683];
  for (const [epoch, loss] of golden.entries())
    assert.ok(
      Math.abs(Number(columns['reconstructionLoss']?.[epoch]) - loss) < 2e-3,
      `epoch ${epoch + 1}: ${columns['reconstructionLoss']?.[epoch]}`,
    );
});

test('only the decoder is told the label', async () => {
  const told = (await train({epochs: 1})).outputs;
  const blind = (await train({epochs: 1, labels: 'none'})).outputs;
  const inputs = (outputs: NodeRun['outputs'], port: string): unknown =>
    ((outputs[port] as ModelValue).architecture as {input: unknown}).input;
  assert.deepEqual([inputs(told, 'decoder'), inputs(blind, 'decoder')], [[12], [2]]);
  assert.deepEqual([inputs(told, 'discriminator'), inputs(blind, 'discriminator')], [[2], [2]]);
});

const semiSupervised = {
  ...given,
  labels: 'none',
  encoder: [{gaussianNoise: 0.1}, 'flatten', {dense: 16}, 'relu', {dense: 12}, {softmaxLast: 10}],
  categoryDiscriminator: [{dense: 8}, 'relu', {dense: 1}, 'sigmoid'],
  optimizers: {...rates, categories: {adam: {rate: 1e-2}}},
};
/** An example of each class: half of what there is. */
const few = dataset({train: pictures(10)});
const trainFew = (params: Record<string, unknown> = {}): Promise<NodeRun> =>
  runNode(node, {
    params: {...semiSupervised, ...params},
    inputs: {data, labelled: few},
    types: {data: typeOf(4), labelled: {kind: 'dataset', splits: {train: split(10, 4)}}},
    seed: 3,
  });

const distortion = {rotation: 20, slant: 0.4, scale: 0.2, shift: 1};
const nothingWanted = {balance: 0, certainty: 0, smoothness: 0, invariance: 0, radius: 1, warmUp: 0, distortion};

test('with categories: compiled and run op by op, all losses agree', async () => {
  const all = {categories: {balance: 2, certainty: 0.5, smoothness: 1, invariance: 1.5, radius: 0.5, warmUp: 2, distortion}};
  const [compiled, eager] = [history(await trainFew(all)), history(await trainFew({...all, compile: false}))];
  const names = Object.keys(compiled).filter((name) => name !== 'epoch');
  assert.deepEqual(names.filter((name) => !name.startsWith('validation/')).sort(), [
    'accuracy',
    'categoryDiscriminatorLoss',
    'categoryGeneratorLoss',
    'categoryLoss',
    'discriminatorLoss',
    'generatorLoss',
    'imbalance',
    'invarianceLoss',
    'reconstructionLoss',
    'smoothnessLoss',
    'supervisedLoss',
    'uncertainty',
  ]);
  for (const name of names)
    for (const [epoch, value] of (compiled[name] ?? []).entries()) {
      const other = Number(eager[name]?.[epoch]);
      assert.ok(Math.abs(Number(value) - other) < 5e-4 * Math.max(Math.abs(other), 0.1), `${name}, ${epoch}: ${value}, ${other}`);
    }
});

test('the classes of a few labelled examples are learned; classifier and style are the parts of the encoder', async () => {
  const run = await trainFew({epochs: 150});
  const columns = history(run);
  assert.ok(Number(columns['supervisedLoss']?.at(-1)) < 0.5 * Number(columns['supervisedLoss']?.[0]));
  const apply = (port: string): Float32Array => {
    const {architecture, weights} = run.outputs[port] as ModelValue;
    const network = Network.restore(port, architecture as Architecture, weights);
    const {data: values} = applyInBatches((batch) => network.apply(batch, {mode: 'evaluation'}), pictures(10).images, 10);
    network.dispose();
    return values;
  };
  const [codes, styles, scores] = [apply('encoder'), apply('style'), apply('classifier')];
  const predicted = Array.from({length: 10}, (_, row) => {
    const own = [...scores.subarray(10 * row, 10 * row + 10)];
    const total = own.reduce((sum, score) => sum + Math.exp(score), 0);
    for (const [at, score] of own.entries())
      assert.ok(Math.abs((codes[12 * row + 2 + at] ?? 0) - Math.exp(score) / total) < 1e-5);
    for (const at of [0, 1]) assert.ok(Math.abs((codes[12 * row + at] ?? 0) - (styles[2 * row + at] ?? 0)) < 1e-5);
    return own.indexOf(Math.max(...own));
  });
  const right = predicted.filter((label, row) => label === row).length / 10;
  assert.ok(Math.abs(Number(columns['validation/accuracy']?.at(-1)) - right) < 1e-6);
});

test('untrained, both discriminators are undecided, and the categories are as good as drawn', async () => {
  const still = {adam: {rate: 1e-9}};
  const columns = history(
    await trainFew({
      epochs: 1,
      priorDeviation: 0.01,
      optimizers: {encoder: still, decoder: still, discriminator: still, generator: still, categories: still},
    }),
  );
  const first = (name: string): number => Number(columns[name]?.[0]);
  assert.ok(Math.abs(first('categoryDiscriminatorLoss') - 2 * Math.log(2)) < 0.15);
  assert.ok(Math.abs(first('discriminatorLoss') - 4 * Math.log(2)) < 0.3);
  assert.ok(Math.abs(first('generatorLoss') - 2 * Math.log(2)) < 0.3);
  assert.ok(Math.abs(first('supervisedLoss') - Math.log(10)) < 0.3);
});

test('the loss of the categories is that of the labelled examples and of what is wanted without them, by their weights', async () => {
  const weights = {balance: 2, certainty: 0.5, smoothness: 3, invariance: 1.5};
  const columns = history(await trainFew({categories: {...nothingWanted, ...weights, radius: 0.5, warmUp: 2}}));
  for (const [epoch, loss] of (columns['categoryLoss'] ?? []).entries()) {
    const of = (name: string): number => Number(columns[name]?.[epoch]);
    const wanted =
      of('supervisedLoss') +
      2 * of('imbalance') +
      0.5 * of('uncertainty') +
      3 * of('smoothnessLoss') +
      1.5 * of('invarianceLoss');
    assert.ok(Math.abs(Number(loss) - wanted) < 1e-5);
  }
  assert.deepEqual(await trainFew({categories: nothingWanted}), await trainFew());
});

for (const [part, figure] of [
  ['balance', 'imbalance'],
  ['certainty', 'uncertainty'],
  ['smoothness', 'smoothnessLoss'],
  ['invariance', 'invarianceLoss'],
] as const)
  test(`${part} alone brings its figure to nearly 0`, async () => {
    const still = {adam: {rate: 1e-9}};
    const optimizers = {encoder: still, decoder: still, discriminator: still, generator: still, categories: {adam: {rate: 1e-2}}};
    const categories = {...nothingWanted, [part]: 1};
    const run = await train({...semiSupervised, optimizers, categories, epochs: 300});
    const values = history(run)[figure] as number[];
    assert.ok((values.at(-1) ?? 1) < 0.02 * (values[0] ?? 0), `${values[0]} → ${values.at(-1)}`);
  });

test('categories without a discriminator, and labelled examples that do not fit, are told', () => {
  const messages = (changes: object, labelled: DatasetType = {kind: 'dataset', splits: {train: split(10, 4)}}) => {
    const {issues} = nodeTypes(node, {params: {...semiSupervised, ...changes}, types: {data: typeOf(4), labelled}});
    return issues.map(({message}) => message);
  };
  assert.deepEqual(messages({}), []);
  assert.deepEqual(messages({categoryDiscriminator: undefined}), [
    'Expected `categoryDiscriminator` where the encoder ends in `softmaxLast`, and only there, got none',
  ]);
  assert.deepEqual(messages({encoder: ['flatten', {dense: 12}, 'relu', {softmaxLast: 10}]}), [
    'Expected `dense` before `softmaxLast`, which the classifier is made of, got another layer',
  ]);
  assert.deepEqual(messages({encoder: ['flatten', {dense: 12}, {softmaxLast: 9}]}), [
    'Expected as many classes as the encoder gives categories, 9, got 10',
  ]);
  const plain = {encoder: small.encoder, categoryDiscriminator: undefined};
  for (const pull of ['balance', 'certainty', 'smoothness', 'invariance']) {
    const categories = {...nothingWanted, [pull]: 1};
    assert.equal(
      nodeTypes(node, {params: {...given, ...plain, categories}, types: {data: typeOf(4)}}).issues[0]?.message,
      'Expected the encoder to end in `softmaxLast`, since `categories` says what is wanted of them',
    );
  }
  assert.deepEqual(messages({}, {kind: 'dataset', splits: {train: split(10, 5)}}), [
    'Expected the shape of the labelled `images` to be [4, 4, 1], as of `images`, got [5, 5, 1]',
  ]);
});
