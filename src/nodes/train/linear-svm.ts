import {availableParallelism} from 'node:os';
import {type Static, Type} from '@sinclair/typebox';
import {affine} from '../../core/affine.js';
import {type EpochFigures, historyColumns} from '../../core/epoch-history.js';
import {type HostTensor, hostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNode, type Report} from '../../core/node.js';
import type {DatasetType, LayerSpec, ModelType, ModelValue, Shape, Split, TensorType} from '../../core/ports.js';
import {Interrupted, type StageContext} from '../../core/stage-context.js';
import {LinearSvm, type SvmProblem} from '../../numerics/linear-svm.js';
import {decodeCheckpoint, encodeCheckpoint} from '../../tensor/checkpoint.js';
import {svm as svmKernels} from '../../wasm/kernels/svm.js';
import {Threads} from '../../wasm/threads.js';
import {unifyDimensions} from '../agree.js';
import {examplesName} from '../examples.js';

const params = Type.Object(
  {
    loss: Type.Union([Type.Literal('hinge'), Type.Literal('squaredHinge')], {
      default: 'hinge',
      description: 'Loss of a margin under 1: the part that is missing, or its square.',
    }),
    C: Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description: 'Cost of a unit of loss, beside half the squared length of the weights.',
    }),
    classWeights: Type.Record(Type.String(), Type.Number({exclusiveMinimum: 0}), {
      default: {},
      description:
        'Factors on C of the examples of a class, by its name or number, where it stands against the rest; 1 where not given.',
    }),
    intercept: Type.Boolean({default: true, description: 'Give scores an intercept.'}),
    interceptScaling: Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description: 'Value of the feature whose weight is the intercept: the larger, the less the intercept is held near 0.',
    }),
    tolerance: Type.Number({
      minimum: 1e-6,
      default: 1e-3,
      description:
        'A class has converged when its duality gap is at most this share of its objective; sums in float32 tell no less than 1e-6.',
    }),
    rounds: Type.Integer({
      minimum: 1,
      default: 500,
      description: 'Newton steps after which training ends in any case.',
      'x-smoke': 2,
    }),
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

interface Prepared {
  readonly params: Params;
  readonly examples: 'features' | 'images';
  readonly columns: number;
  readonly costs: SvmProblem['costs'];
  /** One dense layer, after a `flatten` where examples are no vectors. */
  readonly architecture: {readonly input: Shape; readonly layers: readonly LayerSpec[]};
  readonly type: ModelType & {readonly parameters: number};
}

const gibibyte = 2 ** 30;

function prepare(params: Params, data: DatasetType, start: ModelType | undefined, report: Report): Prepared | undefined {
  const split = data.splits['train'];
  const name = examplesName(split);
  const [examples, labels] = [split?.[name], split?.['labels']];
  if (!examples || !labels?.range) {
    const wanted = 'a split `train` with `images` or `features`, and with `labels` of a known number of classes';
    report({path: ['in', 'data'], message: `Expected ${wanted}, got none`});
    return undefined;
  }
  const [count, ...input] = examples.shape as [number | string, ...number[]];
  const [columns, classes] = [sizeOf(input), labels.range[1] + 1];
  const bytes = LinearSvm.bytes(Number(count), columns, classes);
  if (bytes > 4 * gibibyte)
    report({
      path: ['in', 'data'],
      message: `Expected examples that a fit has room for in 4 GiB, got ${count} of ${columns} values and ${classes} classes, which need ${(bytes / gibibyte).toFixed(1)} GiB`,
    });
  const layers = [...(input.length > 1 ? ['flatten'] : []), {dense: classes}];
  const {range} = examples;
  const type = {
    kind: 'model',
    inputs: {input: {dtype: 'float32', shape: ['batch', ...input], ...(range && {range})}},
    output: {dtype: 'float32', shape: ['batch', classes]},
    parameters: (columns + 1) * classes,
    layers,
  } as const;
  if (start) checkStart(start, type, name, report);
  const costs = costsOf(params, labels, classes, report);
  return {params, examples: name, columns, costs, architecture: {input, layers}, type};
}

/** Costs of a unit of loss, for each class those of the rest and of its own examples. */
function costsOf({C, classWeights}: Params, labels: TensorType, classes: number, report: Report): SvmProblem['costs'] {
  const weights = new Map(Object.entries(classWeights).map(([name, weight]) => [classOf(name, labels), weight]));
  for (const name of Object.keys(classWeights))
    if (!(classOf(name, labels) < classes))
      report({
        path: ['with', 'classWeights', name],
        message: `Expected one of the classes ${(labels.classes ?? [0, '…', classes - 1]).join(', ')}, got \`${name}\``,
      });
  return Array.from({length: classes}, (_, k) => [C, C * (weights.get(k) ?? 1)] as const);
}

/** A model to start from is one layer for the same features and classes. */
function checkStart(start: ModelType, model: Prepared['type'], examples: string, report: Report): void {
  const [data, from] = [
    ['in', 'data'],
    ['in', 'start'],
  ];
  const input = model.inputs['input'];
  unifyDimensions(
    [
      {path: data, what: `\`${examples}\``, tensor: input, names: ['batch', '...shape']},
      {path: from, what: 'what `start` takes', tensor: start.inputs['input'], names: ['batch', '...shape']},
      {path: data, what: 'a score for each class', tensor: model.output, names: ['batch', 'classes']},
      {path: from, what: 'what `start` gives', tensor: start.output, names: ['batch', 'classes']},
    ],
    report,
  );
  if (start.parameters !== model.parameters)
    report({
      path: from,
      message: `Expected a model of ${model.parameters} weights, as one layer has, got ${start.parameters}`,
    });
}

/** A class by its name, or else by its number; NaN when there is none such. */
const classOf = (name: string, {classes = []}: TensorType): number =>
  classes.includes(name) ? classes.indexOf(name) : /^\d+$/.test(name) ? Number(name) : Number.NaN;

export const node = defineNode({
  type: 'train/linear-svm',
  summary: 'A linear support vector machine, each class against the rest, to a duality gap that is measured.',
  source:
    'The problem: Fan, Chang, Hsieh, Wang, Lin: LIBLINEAR, 2008. The method: Li, Sun, Toh: A highly efficient semismooth Newton augmented Lagrangian method, 2018, arXiv:1607.05428',
  example: `svm:
  use: train/linear-svm
  in: pyramid
  with: {loss: hinge, C: 1}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'A split `train` with `labels` and `images`, or `features` made of them.'},
    start: {kind: 'model', optional: true, description: 'Such a model of the same features and classes, to start from.'},
  },
  usesTensors: false,
  drawsRandom: true,
  metrics: ['parameters', 'objective', 'dualObjective', 'gap', 'supportVectors', 'converged'],
  prepare: (given, {data, start}, report) => prepare(given, data, start, report),
  outputs: ({type}) => ({
    model: type,
    history: {kind: 'table', columns: ['epoch', 'objective', 'dualObjective', 'gap', 'supportVectors']},
  }),
  run: async ({prepared, inputs, context}) => {
    const {params: given, columns, costs, architecture, type} = prepared;
    context.report.metrics(0, {parameters: type.parameters});
    const problem = {...problemOf(prepared, await inputs.data.split('train')), columns, costs};
    return await Threads.use(
      [svmKernels],
      async (shared) => {
        const start = inputs.start && startOf(inputs.start, prepared, problem.constant);
        const svm = new LinearSvm(shared, problem, {tolerance: given.tolerance, seed: context.seed, start});
        const history = await fit(svm, given.rounds, costs.length, context);
        return {
          model: {kind: 'model', architecture, weights: weightsOf(svm.weights(), prepared, problem.constant)},
          history: {kind: 'table', columns: historyColumns(history)},
        };
      },
      Math.min(availableParallelism(), costs.length),
    );
  },
});

function problemOf(
  {params: {intercept, interceptScaling, loss}, examples: name}: Prepared,
  train: Split,
): Pick<SvmProblem, 'features' | 'labels' | 'constant' | 'loss'> {
  const examples = train[name] as HostTensor;
  const features = examples.dtype === 'float32' ? examples : affine(examples, 1, 0);
  return {
    features: features.data as Float32Array,
    labels: (train['labels'] as HostTensor).data,
    constant: intercept ? interceptScaling : 0,
    loss,
  };
}

/** Rounds until all classes have converged, each a line of the history; with checkpoints, as training has them everywhere. */
async function fit(svm: LinearSvm, rounds: number, classes: number, context: StageContext): Promise<EpochFigures[]> {
  const {report, checkpoints, signal} = context;
  const kept = decodeCheckpoint<EpochFigures[]>(await checkpoints.load());
  const history = kept?.progress ?? [];
  if (kept) {
    svm.writeState(kept.tensors['state']?.data as Uint8Array);
    for (const {epoch, ...figures} of history) report.metrics(epoch, figures);
    report.log(`resuming from the checkpoint of round ${history.length}`);
  }
  let saved = performance.now();
  const figures = await svm.fit(rounds, async ({rounds: round, done, ...found}) => {
    history.push({epoch: round, ...found});
    report.metrics(round, found);
    report.progress(done, classes, 'class', {round, gap: found.gap});
    if (!signal.aborted && performance.now() - saved < 1000 * checkpoints.everySeconds) return;
    const state = svm.readState();
    await checkpoints.save(
      await encodeCheckpoint({tensors: {state: hostTensor('uint8', [state.length], state)}, progress: history}),
    );
    saved = performance.now();
    if (signal.aborted) throw new Interrupted(`stopped after round ${round}; the next run resumes from there`);
  });
  const converged = figures.done === classes;
  report.metrics(figures.rounds, {converged: converged ? 1 : 0});
  if (!converged)
    report.log(`${figures.done} of ${classes} classes have converged; the rest had not after ${figures.rounds} rounds`);
  return history;
}

/** float64 [classes, columns + 1] as a layer's kernel [columns, classes] and bias [classes]. */
function weightsOf(weights: Float64Array, {architecture, columns, costs}: Prepared, constant: number): Split {
  const classes = costs.length;
  const kernel = Float32Array.from(
    {length: columns * classes},
    (_, at) => weights[(at % classes) * (columns + 1) + Math.floor(at / classes)] ?? 0,
  );
  const bias = Float32Array.from({length: classes}, (_, k) => constant * (weights[k * (columns + 1) + columns] ?? 0));
  const dense = architecture.layers.length - 1;
  return {
    [`${dense}.kernel`]: hostTensor('float32', [columns, classes], kernel),
    [`${dense}.bias`]: hostTensor('float32', [classes], bias),
  };
}

function startOf({weights}: ModelValue, {columns, costs}: Prepared, constant: number): Float64Array {
  const named = (weight: string) => Object.entries(weights).find(([name]) => name.endsWith(weight))?.[1];
  const [kernel, bias] = [named('.kernel'), named('.bias')];
  const classes = costs.length;
  return Float64Array.from({length: classes * (columns + 1)}, (_, at) => {
    const [k, column] = [Math.floor(at / (columns + 1)), at % (columns + 1)];
    if (column < columns) return kernel?.data[column * classes + k] ?? 0;
    return constant === 0 ? 0 : (bias?.data[k] ?? 0) / constant;
  });
}
