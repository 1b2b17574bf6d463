import assert from 'node:assert/strict';
import {before, mock, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, ModelType, ModelValue, TableValue} from '#tfpipe/core/ports.js';
import type {Checkpoints} from '#tfpipe/core/stage-context.js';
import {modelType} from '#tfpipe/nodes/model-type.js';
import {node} from '#tfpipe/nodes/train/classifier.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {dataset, type NodeRun, nodeTypes, runNode} from '../run-node.js';

before(async () => void (await loadTensorFlow()));

const given = {
  layers: [{conv2d: {filters: 4, kernel: 3}}, 'batchNorm', 'relu', 'flatten', {dropout: 0.2}, {dense: 3}],
  trainable: 'none',
  loss: 'crossEntropy',
  labelSmoothing: 0,
  optimizer: {adam: {rate: 1e-2}},
  epochs: 6,
  batchSize: 16,
  augment: {flip: false, shift: 0},
  validateEvery: 1,
  monitor: 'accuracy',
  restoreBest: false,
  precision: 'float32',
  compile: true,
};

/** Stripes across, stripes down, dots, each with noise: 6×6. */
function pictures(count: number, noise: number) {
  const images = new Float32Array(count * 36);
  const labels = Uint8Array.from({length: count}, (_, index) => index % 3);
  for (let at = 0; at < images.length; at++) {
    const [example, row, column] = [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6];
    const bright = [row % 2, column % 2, (row % 2) * (column % 2)][labels[example] ?? 0] ?? 0;
    images[at] = (1 - noise) * bright + (noise * ((at * 7919 + example * 104729) % 1009)) / 1009;
  }
  return {images: hostTensor('float32', [count, 6, 6, 1], images), labels: hostTensor('uint8', [count], labels)};
}
const splitType = (examples: number) =>
  ({
    images: {dtype: 'float32', shape: [examples, 6, 6, 1], range: [0, 1]},
    labels: {dtype: 'uint8', shape: [examples], range: [0, 2]},
  }) as const;
const type: DatasetType = {kind: 'dataset', splits: {train: splitType(96), validation: splitType(48)}};
const data = dataset({train: pictures(96, 0.7), validation: pictures(48, 0.9)});
const train = (params: Record<string, unknown> = {}, checkpoints: Partial<Checkpoints> = {}): Promise<NodeRun> =>
  runNode(node, {params: {...given, ...params}, inputs: {data}, types: {data: type}, seed: 3, checkpoints});
const history = (run: NodeRun) => (run.outputs['history'] as TableValue).columns as Record<string, number[]>;
const weights = (run: NodeRun) => (run.outputs['model'] as ModelValue).weights;

test('it learns, reports its weights’ number, and leaves no tensor behind', async () => {
  const first = await train();
  const tensors = tf.memory().numTensors;
  const {metrics, ...run} = await train();
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(run.outputs, first.outputs);
  // 10·4, 2·4 of the normalisation, 65·3
  assert.deepEqual(metrics[0], {step: 0, values: {parameters: 40 + 8 + 195}});
  const {loss = [], accuracy = []} = history(first);
  assert.ok((loss.at(-1) ?? 9) < 0.5 * (loss[0] ?? 0), loss.join());
  assert.ok((accuracy.at(-1) ?? 0) > 0.9, accuracy.join());
  assert.equal(history(first)['validation/accuracy']?.length, 6);
});

for (const [what, changes] of [
  ['cross-entropy', {}],
  [
    'label smoothing, one cycle, augmentation',
    {labelSmoothing: 0.1, schedule: {oneCycle: {start: 0.1, peakAt: 0.3, end: 0}}, augment: {flip: true, shift: 1}},
  ],
  [
    'hinge by gradient descent in steps',
    {loss: 'hinge', optimizer: {sgd: {rate: 0.05, momentum: 0.9}}, schedule: {step: {every: 2, factor: 0.5}}},
  ],
  [
    'squared hinge by AdamW',
    {loss: 'squaredHinge', optimizer: {adamw: {rate: 0.01, weightDecay: 0.1}}, schedule: {cosine: {floor: 0.1}}},
  ],
] as const)
  test(`compiled and run op by op, the figures agree: ${what}`, async () => {
    // no normalisation after the convolution: its bias would have no gradient but rounding, which Adam makes steps of
    const params = {...changes, layers: [{conv2d: {filters: 4, kernel: 3}}, 'relu', 'flatten', {dropout: 0.2}, {dense: 3}]};
    const [compiled, eager] = [history(await train(params)), history(await train({...params, compile: false}))];
    for (const name of ['loss', 'validation/loss'])
      for (const [epoch, value] of (compiled[name] ?? []).entries()) {
        const other = eager[name]?.[epoch] ?? Number.NaN;
        assert.ok(Math.abs(value - other) < 2e-3 * Math.abs(other), `${name} after epoch ${epoch + 1}: ${value} and ${other}`);
      }
  });

test('a network that says nothing has the loss log 3, also with smoothed labels; hinge is 1 for each class', async () => {
  const black = {images: hostTensor('float32', [48, 6, 6, 1], new Float32Array(48 * 36)), labels: pictures(48, 0).labels};
  for (const [loss, labelSmoothing, expected] of [
    ['crossEntropy', 0, Math.log(3)],
    ['crossEntropy', 0.2, Math.log(3)],
    ['hinge', 0, 3],
    ['squaredHinge', 0, 3],
  ] as const) {
    const still = {loss, labelSmoothing, epochs: 1, layers: ['flatten', {dense: 3}], optimizer: {sgd: {rate: 1e-9}}};
    const params = {...given, ...still};
    const inputs = {data: dataset({train: black, validation: black})};
    const run = await runNode(node, {params, inputs, types: {data: type}});
    for (const name of ['loss', 'validation/loss'])
      assert.ok(Math.abs((history(run)[name]?.[0] ?? 0) - expected) < 1e-5, `${loss}: ${history(run)[name]?.[0]}`);
  }
});

test('`restoreBest` gives the weights of the best epoch: those of a training that ended there', async () => {
  const wild = {optimizer: {adam: {rate: 0.1}}, epochs: 8, monitor: 'loss'};
  const run = await train({...wild, restoreBest: true});
  const losses = history(run)['validation/loss'] ?? [];
  const best = losses.indexOf(Math.min(...losses)) + 1;
  assert.ok(best < 8, `the last epoch is the best: ${losses.join()}`);
  assert.deepEqual(weights(run), weights(await train({...wild, epochs: best})));
  assert.notDeepEqual(weights(run), weights(await train(wild)));
});

/** Keeps what a finished run leaves for a longer one. */
function leftBehind(): {readonly checkpoints: Partial<Checkpoints>; readonly left: readonly Uint8Array[]} {
  const left: Uint8Array[] = [];
  return {checkpoints: {saveFinished: async (bytes) => void left.push(bytes)}, left};
}

test('`patience` ends training early, and what a longer run goes on from ends as early', async () => {
  const wild = {optimizer: {adam: {rate: 0.1}}, monitor: 'loss', patience: 2, restoreBest: true};
  const {checkpoints: leaving, left} = leftBehind();
  const run = await train({...wild, epochs: 30}, leaving);
  const losses = history(run)['validation/loss'] ?? [];
  assert.equal(losses.length - (losses.indexOf(Math.min(...losses)) + 1), 2);
  const longer = await train({...wild, epochs: 60}, {loadFinished: async () => left[0]});
  assert.deepEqual(longer.outputs, run.outputs);
});

test('a checkpoint of any step goes on to the same bits', async () => {
  const params = {restoreBest: true, augment: {flip: true, shift: 1}, schedule: {cosine: {floor: 0}}, validateEvery: 2};
  const saved: Uint8Array[] = [];
  // as if every step took long: each is followed by a checkpoint
  let time = 0;
  const clock = mock.method(performance, 'now', () => (time += 1e6));
  const whole = await train(params, {save: async (bytes) => void saved.push(bytes)});
  clock.mock.restore();
  assert.equal(saved.length, 36);
  for (const at of [0, 6, 17, 34]) {
    const resumed = await train(params, {load: async () => saved[at]});
    assert.deepEqual(resumed.outputs, whole.outputs, `from the checkpoint of step ${at + 1}`);
  }
});

test('a longer run goes on from a shorter one to the same bits', async () => {
  const params = {restoreBest: true, schedule: {step: {every: 2, factor: 0.5}}, validateEvery: 2};
  const {checkpoints, left} = leftBehind();
  await train({...params, epochs: 3}, checkpoints);
  assert.equal(left.length, 1);
  const longer = await train(params, {loadFinished: async () => left[0]});
  assert.deepEqual(longer.outputs, (await train(params)).outputs);
});

for (const schedule of [{cosine: {floor: 0}}, {oneCycle: {start: 0.04, peakAt: 0.3, end: 0}}])
  test(`where the rate depends on the number of epochs, a shorter run is no beginning: ${Object.keys(schedule)}`, async () => {
    const refuse = async (): Promise<never> => assert.fail('a finished run was asked for, or left');
    await train({schedule, epochs: 2}, {loadFinished: refuse, saveFinished: refuse});
  });

test('the type is known before: scores for each class, 101,770 weights for 784-128-10', () => {
  const clothes = {
    images: {dtype: 'uint8', shape: [60_000, 28, 28, 1], range: [0, 255]},
    labels: {dtype: 'uint8', shape: [60_000], range: [0, 9]},
  } as const;
  const {types, issues} = nodeTypes(node, {
    params: {...given, layers: ['flatten', {dense: 128}, 'relu', {dense: 10}]},
    types: {data: {kind: 'dataset', splits: {train: clothes}}},
  });
  assert.deepEqual(issues, []);
  const {parameters, output} = types['model'] as ModelType;
  assert.deepEqual([parameters, output.shape], [101_770, ['batch', 10]]);
});

for (const [what, changes, path, message] of [
  [
    'too few outputs',
    {layers: ['flatten', {dense: 2}]},
    ['with', 'layers', 1],
    /a score for each of the 3 classes .*, got shape \[2\]$/,
  ],
  ['a softmax at the end', {layers: ['flatten', {dense: 3}, 'softmax']}, ['with', 'layers', 2], /end in scores, got `softmax`$/],
  ['a layer that does not fit', {layers: [{dense: 3}]}, ['with', 'layers', 0], /to be a vector, got shape \[6, 6, 1\]$/],
  ['a batch larger than the data', {batchSize: 97}, ['with', 'batchSize'], /at most the 96 training examples, got 97$/],
  [
    'smoothing without cross-entropy',
    {loss: 'hinge', labelSmoothing: 0.1},
    ['with', 'labelSmoothing'],
    /with the loss `hinge`, got 0\.1$/,
  ],
  [
    'bfloat16 without compiled steps',
    {precision: 'bfloat16', compile: false},
    ['with', 'precision'],
    /^Expected `precision: float32`/,
  ],
] as const)
  test(`${what} is reported at its place`, () => {
    const {issues} = nodeTypes(node, {params: {...given, ...changes}, types: {data: type}});
    assert.deepEqual(
      issues.map((issue) => issue.path),
      [path],
    );
    assert.match(issues[0]?.message ?? '', message);
  });

test('features are learned from as the same numbers in pictures are, and come before pictures', async () => {
  const params = {...given, layers: ['flatten', {dense: 3}], epochs: 2};
  const splits = {train: pictures(96, 0.7), validation: pictures(48, 0.9)};
  const asFeatures = ({images, labels}: ReturnType<typeof pictures>) => ({
    images: hostTensor('uint8', [labels.data.length, 1], labels.data),
    features: hostTensor('float32', [labels.data.length, 36], images.data),
    labels,
  });
  const featuresType = (examples: number) => ({
    images: {dtype: 'uint8', shape: [examples, 1]} as const,
    features: {dtype: 'float32', shape: [examples, 36]} as const,
    labels: splitType(examples).labels,
  });
  const featured = dataset({train: asFeatures(splits.train), validation: asFeatures(splits.validation)});
  const types = {data: {kind: 'dataset', splits: {train: featuresType(96), validation: featuresType(48)}} as DatasetType};
  const {outputs} = await runNode(node, {params, inputs: {data: featured}, types, seed: 3});
  const {outputs: expected} = await train(params);
  assert.deepEqual((outputs['model'] as ModelValue).weights, (expected['model'] as ModelValue).weights);
  assert.deepEqual(outputs['history'], expected['history']);
});

const convolution = {conv2d: {filters: 3, kernel: 3, padding: 'same', bias: false}};
/** Takes pictures of 8×8, which those of 6×6 are made. */
const baseLayers = [convolution, 'batchNorm', {residual: [convolution, 'batchNorm', 'relu']}, 'globalAveragePool'];
const baseType = modelType({input: [8, 8, 1], layers: baseLayers}, [0, 1]);

async function trainOn(params: Record<string, unknown>) {
  const taught = await runNode(node, {
    params: {...given, layers: [{resize2d: 8}, ...baseLayers, {dense: 3}], epochs: 2},
    inputs: {data},
    types: {data: type},
  });
  const all = (taught.outputs['model'] as ModelValue).weights;
  const part = (keep: (layer: number) => boolean, by: number) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([name, tensor]) => {
        const layer = Number.parseInt(name, 10);
        return keep(layer) ? [[`${layer + by}${name.slice(name.indexOf('.'))}`, tensor]] : [];
      }),
    );
  const base = {kind: 'model', architecture: {input: [8, 8, 1], layers: baseLayers}, weights: part((at) => at < 5, -1)} as const;
  const start = {kind: 'model', architecture: {input: [3], layers: [{dense: 3}]}, weights: part((at) => at === 5, -5)} as const;
  const run = await runNode(node, {
    params: {...given, layers: [{dense: 3}], epochs: 2, ...params},
    inputs: {data, base, start},
    types: {data: type, base: baseType, start: modelType({input: [3], layers: [{dense: 3}]})},
    seed: 5,
  });
  const changed = Object.entries(weights(run)).flatMap(([name, tensor]) =>
    JSON.stringify([...(all[name]?.data ?? [])]) === JSON.stringify([...tensor.data]) ? [] : [name],
  );
  return {changed, run, taught};
}
const norm = (at: string): string[] => ['gamma', 'beta', 'movingMean', 'movingVariance'].map((name) => `${at}.${name}`);

for (const [what, trainable, expected, parameters] of [
  ['none: only the new layers learn', 'none', ['5.kernel', '5.bias'], 12],
  // pooling and the three layers of the residual, which is never parted
  ['last 2', {last: 2}, ['3.0.kernel', ...norm('3.1'), '5.kernel', '5.bias'], 12 + 81 + 6],
  ['last 5', {last: 5}, [...norm('2'), '3.0.kernel', ...norm('3.1'), '5.kernel', '5.bias'], 12 + 81 + 12],
  ['all', 'all', ['1.kernel', ...norm('2'), '3.0.kernel', ...norm('3.1'), '5.kernel', '5.bias'], 12 + 81 + 12 + 27],
] as const)
  test(`what is frozen of a base stays to the bit, moving averages too: ${what}`, async () => {
    const {changed, run} = await trainOn({trainable});
    assert.deepEqual(changed, expected);
    assert.equal(run.metrics[0]?.values['parameters'], parameters);
  });

test('training goes on from base and start: at a rate of next to nothing the loss is that of before', async () => {
  const still = {optimizer: {sgd: {rate: 1e-12}}, epochs: 1, trainable: 'none'};
  const {run, taught} = await trainOn(still);
  const [found, expected] = [run, taught].map((each) => history(each)['validation/loss']?.at(-1) ?? Number.NaN) as [
    number,
    number,
  ];
  assert.ok(Math.abs(found - expected) < 1e-5, `${found}, and ${expected} before`);
});

for (const [what, types, path, message] of [
  [
    'a start of other layers',
    {base: baseType, start: modelType({input: [3], layers: ['relu', {dense: 3}]})},
    'start',
    /of the same `layers` for an input of shape \[3\], got another$/,
  ],
  [
    'a base that takes no pictures',
    {base: modelType({input: [5], layers: ['relu']})},
    'base',
    /^Expected pictures that can be made \[5\], .*, got shape \[6, 6, 1\]$/,
  ],
  [
    'a base for another range',
    {base: modelType({input: [8, 8, 1], layers: baseLayers}, [0, 255])},
    'data',
    /the data to be in the range 0\.\.255, as what `base` takes, got 0\.\.1$/,
  ],
] as const)
  test(`${what} is reported at its place`, () => {
    const {issues} = nodeTypes(node, {params: {...given, layers: [{dense: 3}]}, types: {data: type, ...types}});
    assert.deepEqual(
      issues.map((issue) => issue.path),
      [['in', path]],
    );
    assert.match(issues[0]?.message ?? '', message);
  });

test('without a validation split there is no best epoch', () => {
  const {train: only} = type.splits as {train: (typeof type.splits)[string]};
  const {issues} = nodeTypes(node, {
    params: {...given, restoreBest: true, patience: 3},
    types: {data: {kind: 'dataset', splits: {train: only}}},
  });
  assert.deepEqual(
    issues.map((issue) => issue.message),
    [
      'Expected a split `validation`, by which `restoreBest` goes, got train',
      'Expected a split `validation`, by which `patience` goes, got train',
    ],
  );
});
