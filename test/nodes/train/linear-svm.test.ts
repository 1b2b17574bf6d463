import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetType, ModelType, ModelValue, TableValue} from '#tfpipe/core/ports.js';
import type {Checkpoints} from '#tfpipe/core/stage-context.js';
import {node} from '#tfpipe/nodes/train/linear-svm.js';
import {dataset, type NodeRun, nodeTypes, runNode} from '../run-node.js';

interface Case {
  readonly loss: 'hinge' | 'squaredHinge';
  readonly C: number;
  readonly classWeights: Readonly<Record<string, number>>;
  readonly interceptScaling: number;
  readonly coefficients: readonly (readonly number[])[];
  readonly intercepts: readonly number[];
  readonly objectives: readonly number[];
}
/** Made by svm_sklearn.py beside it, of the same examples. */
const cases = JSON.parse(readFileSync('test/reference/svm_sklearn.json', 'utf8')) as Case[];
const [count, width, classes] = [240, 6, 3];
const labels = Uint8Array.from({length: count}, (_, example) => (example ** 2 + Math.floor(example / 7)) % classes);
const features = Float32Array.from({length: count * width}, (_, at) => {
  const own = labels[Math.floor(at / width)] === at % width;
  return ((7919 * at) % 1009) / 1009 + (own ? 0.4 : 0);
});
const split = {features: hostTensor('float32', [count, width], features), labels: hostTensor('uint8', [count], labels)};
const type: DatasetType = {
  kind: 'dataset',
  splits: {
    train: {
      features: {dtype: 'float32', shape: [count, width]},
      labels: {dtype: 'uint8', shape: [count], range: [0, classes - 1], classes: ['ant', 'bee', 'cat']},
    },
  },
};
const given = {loss: 'hinge', C: 1, classWeights: {}, intercept: true, interceptScaling: 1, tolerance: 1e-7, rounds: 500};
const train = (params: object = {}, more: {start?: ModelValue; checkpoints?: Partial<Checkpoints>; seed?: number} = {}) => {
  const {start, ...rest} = more;
  const inputs = {data: dataset({train: split}), ...(start && {start})};
  return runNode(node, {params: {...given, ...params}, inputs, types: {data: type}, ...rest});
};
const model = (run: NodeRun) => run.outputs['model'] as ModelValue;
const history = (run: NodeRun) => (run.outputs['history'] as TableValue).columns as Record<string, number[]>;
const last = (run: NodeRun, name: string): number => history(run)[name]?.at(-1) ?? Number.NaN;

/** Score of each class for each example, in float64. */
function scoresOf({weights}: ModelValue): number[][] {
  const {'0.kernel': kernel, '0.bias': bias} = weights;
  return Array.from({length: count}, (_, example) =>
    Array.from({length: classes}, (_, k) => {
      let score = bias?.data[k] ?? 0;
      for (let column = 0; column < width; column++)
        score += (kernel?.data[column * classes + k] ?? 0) * (features[example * width + column] ?? 0);
      return score;
    }),
  );
}

for (const {coefficients, intercepts, objectives, ...params} of cases)
  test(`converged liblinear has the same weights: ${JSON.stringify(params)}`, async () => {
    const {interceptScaling, classWeights, ...rest} = params;
    const names = Object.fromEntries(
      Object.entries(classWeights).map(([k, factor]) => [['ant', 'bee', 'cat'][Number(k)], factor]),
    );
    const own = {...rest, classWeights: names, intercept: interceptScaling > 0, interceptScaling: interceptScaling || 1};
    const run = await train(own);
    assert.equal(run.metrics.at(-1)?.values['converged'], 1);
    const total = objectives.reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(last(run, 'objective') / total - 1) < 1e-6, `objective ${last(run, 'objective')}, liblinear's ${total}`);
    const {'0.kernel': kernel, '0.bias': bias} = model(run).weights;
    for (let k = 0; k < classes; k++) {
      const off = Math.abs((bias?.data[k] ?? 0) - (intercepts[k] ?? 0));
      assert.ok(off < 2e-3, `intercept of class ${k} off by ${off}`);
      for (const [column, wanted] of (coefficients[k] ?? []).entries()) {
        const found = kernel?.data[column * classes + k] ?? Number.NaN;
        assert.ok(Math.abs(found - wanted) < 2e-3, `weight ${column} of class ${k}: ${found}, liblinear's ${wanted}`);
      }
    }
  });

for (const loss of ['hinge', 'squaredHinge'] as const)
  test(`the objective that is told is that of the weights, and the gap closes from both sides: ${loss}`, async () => {
    const run = await train({loss, C: 2, classWeights: {bee: 3}, tolerance: 1e-6});
    let objective = 0;
    for (const [example, scores] of scoresOf(model(run)).entries())
      for (const [k, score] of scores.entries()) {
        const own = labels[example] === k;
        const missing = Math.max(0, 1 - (own ? score : -score));
        objective += 2 * (own && k === 1 ? 3 : 1) * (loss === 'hinge' ? missing : missing ** 2);
      }
    for (const {data} of Object.values(model(run).weights)) for (const value of data) objective += (value * value) / 2;
    assert.ok(Math.abs(last(run, 'objective') / objective - 1) < 1e-6, `${last(run, 'objective')} and ${objective}`);
    assert.ok(last(run, 'dualObjective') <= last(run, 'objective') * (1 + 1e-7));
    assert.ok(last(run, 'gap') <= 1e-6);
  });

test('seed, order and threads change no more than the last digits; the same seed gives the same bits', async () => {
  const first = await train();
  assert.deepEqual((await train()).outputs, first.outputs);
  const other = await train({}, {seed: 5});
  for (const [name, {data}] of Object.entries(model(other).weights))
    for (const [at, value] of data.entries())
      assert.ok(Math.abs(value - (model(first).weights[name]?.data[at] ?? 0)) < 2e-3, name);
});

test('a start at the solution is soon done', async () => {
  const whole = await train({tolerance: 1e-5});
  const again = await train({tolerance: 1e-5}, {start: model(whole)});
  assert.ok(last(again, 'epoch') < 0.8 * last(whole, 'epoch'), `${last(again, 'epoch')} rounds after ${last(whole, 'epoch')}`);
  assert.ok(Math.abs(last(again, 'objective') / last(whole, 'objective') - 1) < 2e-5);
});

test('a checkpoint of any round goes on to the same bits', async () => {
  const saved: Uint8Array[] = [];
  const whole = await train({}, {checkpoints: {everySeconds: 0, save: async (bytes) => void saved.push(bytes)}});
  assert.equal(saved.length, history(whole)['epoch']?.length);
  for (const at of [0, Math.floor(saved.length / 2), saved.length - 1]) {
    const resumed = await train({}, {checkpoints: {load: async () => saved[at]}});
    assert.deepEqual(resumed.outputs, whole.outputs, `from the checkpoint of round ${at + 1}`);
  }
});

test('rounds end a training that has not converged, which is told', async () => {
  const run = await train({rounds: 3});
  assert.deepEqual(history(run)['epoch'], [1, 2, 3]);
  assert.deepEqual(run.metrics.at(-1), {step: 3, values: {converged: 0}});
});

test('images are flattened; one dense layer', () => {
  const images: DatasetType = {
    kind: 'dataset',
    splits: {
      train: {
        images: {dtype: 'uint8', shape: [60, 28, 28, 1], range: [0, 255]},
        labels: {dtype: 'uint8', shape: [60], range: [0, 9]},
      },
    },
  };
  const {types, issues} = nodeTypes(node, {params: given, types: {data: images}});
  assert.deepEqual(issues, []);
  const {inputs, output, parameters} = types['model'] as ModelType;
  assert.deepEqual([inputs['input']?.shape, output.shape, parameters], [['batch', 28, 28, 1], ['batch', 10], 7850]);
});

test('what does not fit is reported at its place', () => {
  const told = (params: object, types: Record<string, DatasetType | ModelType> = {data: type}) =>
    nodeTypes(node, {params: {...given, ...params}, types}).issues.map(({path, message}) => [path.join('.'), message]);
  assert.deepEqual(told({classWeights: {cow: 2, 3: 1, 2: 2}}), [
    ['with.classWeights.3', 'Expected one of the classes ant, bee, cat, got `3`'],
    ['with.classWeights.cow', 'Expected one of the classes ant, bee, cat, got `cow`'],
  ]);
  const {features: wide, labels: names} = type.splits['train'] as NonNullable<DatasetType['splits'][string]>;
  const large = {kind: 'dataset', splits: {train: {features: {...wide, shape: [10 ** 6, 2000]}, labels: names}}} as DatasetType;
  assert.deepEqual(told({}, {data: large}), [
    [
      'in.data',
      'Expected examples that a fit has room for in 4 GiB, got 1000000 of 2000 values and 3 classes, which need 7.8 GiB',
    ],
  ]);
  assert.deepEqual(told({}, {data: {kind: 'dataset', splits: {test: {}}}}), [
    ['in.data', 'Expected a split `train` with `images` or `features`, and with `labels` of a known number of classes, got none'],
  ]);
  const {types} = nodeTypes(node, {params: given, types: {data: type}});
  const start = {...types['model'], output: {dtype: 'float32', shape: ['batch', 4]}, parameters: 28} as ModelType;
  assert.deepEqual(told({}, {data: type, start}), [
    ['in.start', 'Expected the dimension `classes` of what `start` gives to be 3, as of a score for each class, got 4'],
    ['in.start', 'Expected a model of 21 weights, as one layer has, got 28'],
  ]);
});
