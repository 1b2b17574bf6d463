import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {before, test} from 'node:test';
import {parse} from 'yaml';
import {type HostTensor, hostTensor, sizeOf} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, DatasetValue, ModelType, ModelValue, TableValue} from '#tfpipe/core/ports.js';
import {layOut} from '#tfpipe/networks/architecture.js';
import {Network} from '#tfpipe/networks/network.js';
import {node} from '#tfpipe/nodes/train/gan.js';
import type {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {generativePhases} from '#tfpipe/training/objectives/generative.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {uniform} from '../../numerics/metrics/reference.js';
import {dataset, type NodeRun, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const sgd = {sgd: {rate: 0.05, momentum: 0.9, nesterov: true}};
const given = {
  noise: {size: 5, distribution: 'uniform'},
  generator: [
    ...[{dense: 32}, 'batchNorm', 'tanh', {reshape: [4, 4, 2]}],
    ...[{upSample2d: 2}, {conv2d: {filters: 1, kernel: 3, padding: 'same'}}, 'tanh'],
  ],
  discriminator: [
    ...[{conv2d: {filters: 4, kernel: 3, padding: 'same'}}, 'tanh', {maxPool2d: 2}],
    ...['flatten', {dense: 8}, 'tanh', {dense: 1}, 'sigmoid'],
  ],
  realLabel: 1,
  epochs: 3,
  batchSize: 16,
  optimizers: {generator: sgd, discriminator: sgd},
  snapshots: {count: 4, everySteps: 2},
  precision: 'float32',
  compile: true,
};
const typeOf = (size: number, range: readonly [number, number] = [-1, 1]): DatasetType => ({
  kind: 'dataset',
  splits: {train: {images: {dtype: 'float32', shape: [80, size, size, 1], range}}},
});
const signed = (count: number, seed: number): Float32Array => Float32Array.from(uniform(count, seed), (value) => value * 2 - 1);
const reals = Array.from({length: 5}, (_, step) => signed(16 * 64, 50 + step));
const images = hostTensor('float32', [80, 8, 8, 1], Float32Array.from(reals.flatMap((each) => [...each])));
const train = (params: Record<string, unknown> = {}): Promise<NodeRun> =>
  runNode(node, {params: {...given, ...params}, inputs: {data: dataset({train: {images}})}, types: {data: typeOf(8)}, seed: 3});

test('the recipe’s networks have the published numbers of weights', () => {
  const {stages} = parse(readFileSync('pipelines/dcgan.yaml', 'utf8')) as {stages: {gan: {with: Record<string, unknown>}}};
  const {generator, discriminator} = stages.gan.with;
  const params = {...given, noise: {size: 100, distribution: 'uniform'}, generator, discriminator, batchSize: 16};
  const {types, issues} = nodeTypes(node, {params, types: {data: typeOf(28)}});
  assert.deepEqual(issues, []);
  assert.equal((types['generator'] as ModelType).parameters, 6_751_233);
  const laid = layOut({input: [100], layers: generator as []});
  assert(laid.status === 'fits');
  assert.equal(laid.layout.parameters + laid.layout.averages, 6_763_777);
});

interface Reference {
  readonly history: readonly Readonly<Record<string, number>>[];
  readonly movingMean: readonly number[];
  readonly movingVariance: readonly number[];
}

/** A network whose weights are those of test/reference/gan_keras.py. */
function givenNetwork(name: 'generator' | 'discriminator', input: readonly number[], firstSeed: number): Network {
  const laid = layOut({input, layers: given[name] as []});
  assert(laid.status === 'fits');
  let seed = firstSeed;
  const weights = laid.layout.layers
    .flatMap((layer) => layer.weights)
    .map(({name: weight, shape, learns}) => {
      const start = weight.endsWith('gamma') || weight.endsWith('movingVariance') ? 1 : 0;
      const drawn = learns === false ? [] : uniform(sizeOf(shape), seed++);
      const values = Float32Array.from({length: sizeOf(shape)}, (_, at) =>
        learns === false ? start : Math.fround(Math.fround(drawn[at] ?? 0) - 0.5) * 0.6 + start,
      );
      return [weight, hostTensor('float32', shape, values)] as const;
    });
  return Network.restore(name, {input, layers: given[name] as []}, Object.fromEntries(weights));
}

test('five steps follow Keras, losses and moving averages alike', () => {
  const expected = JSON.parse(readFileSync('test/reference/gan_keras.json', 'utf8')) as Reference;
  const networks = {
    generator: givenNetwork('generator', [5], 10),
    discriminator: givenNetwork('discriminator', [8, 8, 1], 16),
  };
  const options = {optimizers: {generator: sgd, discriminator: sgd}, noise: 'uniform', realLabel: 1} as const;
  let draws = 0;
  const noise = {uniform: (shape: number[]) => tf.tensor(signed(sizeOf(shape), 100 + draws++), shape)} as unknown as RandomStream;
  const step = createTrainingStep({
    data: {images},
    batchSize: 16,
    seed: 1,
    precision: 'float32',
    compile: false,
    phases: (batch) => generativePhases(networks, options, batch, noise),
  });
  for (const [index, figures] of expected.history.entries()) {
    const found = step.run(
      Int32Array.from({length: 16}, (_, at) => index * 16 + at),
      index,
    );
    for (const [name, value] of Object.entries(figures))
      assert.ok(Math.abs((found[name] ?? Number.NaN) - value) < 2e-5, `step ${index}, ${name}: ${found[name]}, Keras ${value}`);
  }
  step.pullWeights();
  const weights = networks.generator.weights();
  for (const name of ['movingMean', 'movingVariance'] as const)
    for (const [index, value] of (weights[`1.${name}`] as HostTensor).data.entries())
      assert.ok(Math.abs(value - (expected[name][index] ?? Number.NaN)) < 2e-5, `${name} ${index}`);
  step.dispose();
  for (const network of Object.values(networks)) network.dispose();
});

test('the generator’s update leaves the discriminator as it is, bit by bit, and the other way round', () => {
  const networks = {generator: givenNetwork('generator', [5], 10), discriminator: givenNetwork('discriminator', [8, 8, 1], 16)};
  for (const [learns, frozen] of [
    ['generator', 'discriminator'],
    ['discriminator', 'generator'],
  ] as const) {
    const before = [networks[frozen].weights(), networks[learns].weights()];
    const step = createTrainingStep({
      data: {images},
      batchSize: 16,
      seed: 1,
      precision: 'float32',
      compile: true,
      // one phase alone: what it changes is all that changes
      phases: (batch, stream) =>
        generativePhases(
          networks,
          {optimizers: {generator: sgd, discriminator: sgd}, noise: 'uniform', realLabel: 1},
          batch,
          stream,
        ).filter(({name}) => name === `${learns}Loss`),
    });
    step.run(
      Int32Array.from({length: 16}, (_, at) => at),
      0,
    );
    step.pullWeights();
    const learned = (name: string): boolean => !name.includes('moving');
    const changed = (network: Network, old: Record<string, HostTensor>): string[] =>
      Object.entries(network.weights()).flatMap(([name, {data}]) =>
        learned(name) && Buffer.compare(bytes(data), bytes((old[name] as HostTensor).data)) !== 0 ? [name] : [],
      );
    assert.deepEqual(changed(networks[frozen], before[0] ?? {}), []);
    assert.notDeepEqual(changed(networks[learns], before[1] ?? {}), []);
    step.dispose();
  }
  for (const network of Object.values(networks)) network.dispose();
});

const bytes = (data: HostTensor['data']): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

test('snapshots are taken after every epoch and every second step, from the same noise, as pixels in the data’s range', async () => {
  const {outputs} = await train();
  const {images: taken, steps} = await (outputs['snapshots'] as DatasetValue).split('snapshots');
  // 80 examples in batches of 16: five steps an epoch
  assert.deepEqual([...(steps?.data ?? [])], [2, 4, 5, 6, 8, 10, 12, 14, 15]);
  assert.deepEqual(taken?.shape, [9, 4, 8, 8, 1]);
  assert.ok(taken?.data.every((value) => value >= -1 && value <= 1));
  const last = taken?.data.slice(8 * 256) ?? [];
  const early = taken?.data.slice(0, 256) ?? [];
  assert.notDeepEqual(last, early);
});

test('the same seed gives the same bits; compiled and op by op agree', async () => {
  const first = await train();
  const weights = ({outputs}: NodeRun): unknown => (outputs['generator'] as ModelValue).weights;
  assert.deepEqual(weights(await train()), weights(first));
  const history = ({outputs}: NodeRun) => (outputs['history'] as TableValue).columns as Record<string, number[]>;
  const eager = history(await train({compile: false}));
  for (const [name, values] of Object.entries(history(first)))
    for (const [epoch, value] of values.entries())
      assert.ok(Math.abs(value - (eager[name]?.[epoch] ?? Number.NaN)) < 5e-4, `${name} of epoch ${epoch + 1}`);
});

for (const [what, changes, path, message] of [
  [
    'a generator that leaves the range',
    {generator: [{dense: 64}, {reshape: [8, 8, 1]}, 'sigmoid']},
    ['with', 'generator', 2],
    /-1\.\.1/,
  ],
  [
    'a generator of another size',
    {generator: [{dense: 16}, {reshape: [4, 4, 1]}, 'tanh']},
    ['with', 'generator', 2],
    /end in shape \[8, 8, 1\], got \[4, 4, 1\]/,
  ],
  [
    'a discriminator without its sigmoid',
    {discriminator: ['flatten', {dense: 1}]},
    ['with', 'discriminator', 1],
    /end in `sigmoid`/,
  ],
  ['more images a step than there are', {batchSize: 81}, ['with', 'batchSize'], /at most the 80 training examples, got 81/],
] as const)
  test(`${what} is reported at its place`, () => {
    const {issues} = nodeTypes(node, {params: {...given, ...changes}, types: {data: typeOf(8)}});
    assert.deepEqual(issues[0]?.path, path);
    assert.match(issues[0]?.message ?? '', message);
  });
