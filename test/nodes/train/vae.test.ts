import assert from 'node:assert/strict';
import {before, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, ModelValue, TableValue} from '#tfpipe/core/ports.js';
import type {Architecture} from '#tfpipe/networks/architecture.js';
import {Network} from '#tfpipe/networks/network.js';
import {node} from '#tfpipe/nodes/train/vae.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {VariationalObjective} from '#tfpipe/training/objectives/variational.js';
import {matrix, vector} from '../models.js';
import {dataset, type NodeRun, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const given = {
  encoder: ['flatten', {dense: 12}, 'relu', {dense: 6}],
  decoder: [{dense: 12}, 'relu', {dense: 16}, {reshape: [4, 4, 1]}, 'sigmoid'],
  beta: 2,
  warmUp: 2,
  epochs: 4,
  batchSize: 10,
  optimizer: {adam: {rate: 1e-2}},
  validateEvery: 2,
  precision: 'float32',
  compile: true,
};
const split = (examples: number) => ({images: {dtype: 'float32', shape: [examples, 4, 4, 1], range: [0, 1]}}) as const;
const type: DatasetType = {kind: 'dataset', splits: {train: split(20), validation: split(10)}};
/** Pictures of a few stripes: something that can be learned. */
const pictures = (count: number) => ({
  images: hostTensor(
    'float32',
    [count, 4, 4, 1],
    Float32Array.from({length: count * 16}, (_, at) => (((at % 16) + (Math.floor(at / 16) % 5)) % 5 === 0 ? 0.9 : 0.1)),
  ),
});
const data = dataset({train: pictures(20), validation: pictures(10)});
const train = (params: Record<string, unknown> = {}): Promise<NodeRun> =>
  runNode(node, {params: {...given, ...params}, inputs: {data}, types: {data: type}, seed: 3});
const history = (run: NodeRun): TableValue['columns'] => (run.outputs['history'] as TableValue).columns;

test('the parts of the bound are what the formulas give, worked out in float64', () => {
  // the encoder gives mean and log variance whatever the image; the decoder's logits are the code's
  const [mean, logVariance] = [
    [0.5, -1],
    [0.2, -0.7],
  ];
  const encoder = Network.restore(
    'encoder',
    {input: [2], layers: [{dense: 4}]},
    {
      '0.kernel': matrix([
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
      '0.bias': vector([...mean, ...logVariance]),
    },
  );
  const decoder = Network.restore(
    'decoder',
    {input: [2], layers: [{dense: 2}, 'sigmoid']},
    {
      '0.kernel': matrix([
        [1, 0],
        [0, 1],
      ]),
      '0.bias': vector([0, 0]),
    },
  );
  const examples = 4000;
  const pixels = [0.25, 1];
  tf.tidy(() => {
    const images = tf.tensor2d(
      Float32Array.from({length: 2 * examples}, (_, at) => pixels[at % 2] ?? 0),
      [examples, 2],
    );
    const loss = new VariationalObjective({encoder, decoder}, {beta: 1, warmUpSteps: 0, optimizer: {adam: {}}});
    const parts = loss.parts(images, 'training', new RandomStream(5, tf.scalar(1, 'int32')));
    const [reconstruction, divergence, elbo] = [parts.reconstruction, parts.divergence, parts.elbo].map(
      (part) => part.dataSync()[0] ?? Number.NaN,
    ) as [number, number, number];
    const expected = mean.reduce(
      (sum, each, at) => sum + (each ** 2 + Math.exp(logVariance[at] ?? 0) - 1 - (logVariance[at] ?? 0)) / 2,
      0,
    );
    assert.ok(Math.abs(divergence - expected) < 1e-5, `${divergence}, ${expected}`);
    // E over z ~ N(mean, variance) of log(1 + e^z) − z x, by the midpoint rule
    const integral = pixels.reduce((sum, pixel, at) => {
      const deviation = Math.exp((logVariance[at] ?? 0) / 2);
      let inner = 0;
      for (let t = -8; t < 8; t += 0.001) {
        const [unit, z] = [t + 0.0005, (mean[at] ?? 0) + deviation * (t + 0.0005)];
        inner += ((Math.log1p(Math.exp(z)) - z * pixel) * Math.exp(-(unit ** 2) / 2) * 0.001) / Math.sqrt(2 * Math.PI);
      }
      return sum + inner;
    }, 0);
    // a mean of 4,000 draws whose deviation is under 1: 4 standard errors
    assert.ok(Math.abs(reconstruction - integral) < 4 / Math.sqrt(examples), `${reconstruction}, ${integral}`);
    assert.ok(Math.abs(elbo + reconstruction + divergence) < 1e-5);
  });
  encoder.dispose();
  decoder.dispose();
});

test('compiled and run op by op, loss and parts agree, also while β rises', async () => {
  const [compiled, eager] = [history(await train()), history(await train({compile: false}))];
  assert.deepEqual(Object.keys(compiled).sort(), [
    'divergence',
    'elbo',
    'epoch',
    'loss',
    'reconstruction',
    'validation/divergence',
    'validation/elbo',
    'validation/reconstruction',
  ]);
  for (const [name, values] of Object.entries(compiled))
    for (const [epoch, value] of values.entries()) {
      const other = Number(eager[name]?.[epoch]);
      assert.ok(Math.abs(Number(value) - other) < 1e-3 * Math.max(Math.abs(other), 0.1), `${name}, ${epoch}: ${value}, ${other}`);
    }
});

test('β rises step by step to its value: the loss is reconstruction + β · divergence', async () => {
  // four steps to β = 2, two an epoch: 0 and ½, then 1 and 1½, then 2; with weights that stand still, the means are of one β each
  const columns = history(await train({epochs: 3, optimizer: {sgd: {rate: 1e-12}}, batchSize: 20, warmUp: 2}));
  const beta = (epoch: number): number =>
    (Number(columns['loss']?.[epoch]) - Number(columns['reconstruction']?.[epoch])) / Number(columns['divergence']?.[epoch]);
  for (const [epoch, wanted] of [0, 1, 2].entries()) assert.ok(Math.abs(beta(epoch) - wanted) < 1e-3, `${beta(epoch)}`);
});

test('training learns; the encoder gives the posterior’s means; the same seed gives the same bits and leaves no tensor', async () => {
  const tensors = tf.memory().numTensors;
  const first = await train({epochs: 60, beta: 0.1});
  const columns = history(first);
  assert.ok(Number(columns['reconstruction']?.at(-1)) < 0.8 * Number(columns['reconstruction']?.[0]));
  const apply = (port: string): Float32Array => {
    const {architecture, weights} = first.outputs[port] as ModelValue;
    const network = Network.restore(port, architecture as Architecture, weights);
    const values = tf.tidy(() => network.apply(tf.ones([1, 4, 4, 1]), {mode: 'evaluation'}).dataSync() as Float32Array);
    network.dispose();
    return values;
  };
  const [means, posterior] = [apply('encoder'), apply('posterior')];
  assert.equal(posterior.length, 6);
  for (const [at, mean] of means.entries()) assert.ok(Math.abs(mean - (posterior[at] ?? 0)) < 1e-5);
  assert.deepEqual(await train({epochs: 60, beta: 0.1}), first);
  assert.equal(tf.memory().numTensors, tensors);
});

test('an encoder with an odd number of values, and a decoder of another size, are told', () => {
  const messages = (changes: object) =>
    nodeTypes(node, {params: {...given, ...changes}, types: {data: type}}).issues.map(({message}) => message);
  assert.deepEqual(messages({}), []);
  assert.deepEqual(messages({encoder: ['flatten', {dense: 5}]}), [
    'Expected the encoder to end in `dense` with twice as many values as a code has, got shape [5]',
  ]);
  assert.deepEqual(messages({decoder: [{dense: 15}, 'sigmoid']}), ['Expected the decoder to end in shape [4, 4, 1], got [15]']);
});
