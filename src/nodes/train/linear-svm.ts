import {availableParallelism} from 'node:os';
import {type Static, Type} from '@sinclair/typebox';
import {affine} from '../../core/affine.js';
import {historyColumns} from '../../core/epoch-history.js';
import {type HostTensor, hostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNodeOld, type TypeIssue} from '../../core/node.js';
import type {DatasetType, ModelValue, Split, TensorType} from '../../core/ports.js';
import {Interrupted, type StageContext} from '../../core/stage-context.js';
import {type Architecture, layOut} from '../../networks/architecture.js';
import {LinearSvm, type SvmProblem} from '../../numerics/linear-svm.js';
import {decodeSafetensors, encodeSafetensors} from '../../tensor/safetensors.js';
import {svm as svmKernels} from '../../wasm/kernels/svm.js';
import {Threads} from '../../wasm/threads.js';
import {unifyDimensions} from '../agree.js';
import {examplesName} from '../examples.js';
import {modelType} from '../model-type.js';

const params = Type.Object(
  {
    loss: Type.Union([Type.Literal('hinge'), Type.Literal('squaredHinge')], {
      default: 'hinge',
      description: 'Of a margin under 1: what is missing, or its square.',
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
    intercept: Type.Boolean({default: true, description: 'Whether scores have an intercept.'}),
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

interface Plan {
  readonly architecture: Architecture;
  readonly columns: number;
  readonly costs: SvmProblem['costs'];
}

const gibibyte = 2 ** 30;

/** What is to be trained on a data set, or all that does not fit. */
function planFor({C, classWeights}: Params, data: DatasetType): Plan | TypeIssue[] {
  const split = data.splits['train'];
  const {[examplesName(split)]: examples, labels} = split ?? {};
  if (!examples || !labels?.range)
    return [
      {
        path: ['in', 'data'],
        message: 'Expected a split `train` with `images` or `features`, and with `labels` of a known number of classes, got none',
      },
    ];
  const [count, ...input] = examples.shape as [number | string, ...number[]];
  const [columns, classes] = [sizeOf(input), labels.range[1] + 1];
  const weights = new Map(Object.entries(classWeights).map(([name, weight]) => [classOf(name, labels), weight]));
  const issues: TypeIssue[] = Object.keys(classWeights)
    .filter((name) => !(classOf(name, labels) < classes))
    .map((name) => ({
      path: ['with', 'classWeights', name],
      message: `Expected one of the classes ${(labels.classes ?? [0, '…', classes - 1]).join(', ')}, got \`${name}\``,
    }));
  const bytes = LinearSvm.bytes(Number(count), columns, classes);
  if (bytes > 4 * gibibyte)
    issues.push({
      path: ['in', 'data'],
      message: `Expected examples that a fit has room for in 4 GiB, got ${count} of ${columns} values and ${classes} classes, which need ${(bytes / gibibyte).toFixed(1)} GiB`,
    });
  if (issues.length > 0) return issues;
  const costs = Array.from({length: classes}, (_, k) => [C, C * (weights.get(k) ?? 1)] as const);
  return {columns, costs, architecture: {input, layers: [...(input.length > 1 ? ['flatten'] : []), {dense: classes}]}};
}

/** A class by its name, or else by its number; NaN when there is none such. */
const classOf = (name: string, {classes = []}: TensorType): number =>
  classes.includes(name) ? classes.indexOf(name) : /^\d+$/.test(name) ? Number(name) : Number.NaN;

export const node = defineNodeOld({
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
  metrics: ['parameters', 'objective', 'dualObjective', 'gap', 'supportVectors', 'converged'],
  outputs: ({params: given, inputs: {data, start}, report}) => {
    const plan = planFor(given, data);
    if (Array.isArray(plan)) {
      plan.forEach(report);
      return {};
    }
    const name = examplesName(data.splits['train']);
    const model = modelType(plan.architecture, data.splits['train']?.[name]?.range);
    unifyDimensions(
      [
        {path: ['in', 'data'], what: `\`${name}\``, tensor: model.inputs['input'], names: ['batch', '...shape']},
        {path: ['in', 'start'], what: 'what `start` takes', tensor: start?.inputs['input'], names: ['batch', '...shape']},
        {path: ['in', 'data'], what: 'a score for each class', tensor: model.output, names: ['batch', 'classes']},
        {path: ['in', 'start'], what: 'what `start` gives', tensor: start?.output, names: ['batch', 'classes']},
      ],
      report,
    );
    if (start && start.parameters !== model.parameters)
      report({
        path: ['in', 'start'],
        message: `Expected a model of ${model.parameters} weights, as one layer has, got ${start.parameters}`,
      });
    return {model, history: {kind: 'table', columns: ['epoch', 'objective', 'dualObjective', 'gap', 'supportVectors']}};
  },
  run: async (context) => {
    const {params: given, inputs, inputTypes, report} = context;
    const plan = planFor(given, inputTypes.data);
    if (Array.isArray(plan)) throw new Error(plan[0]?.message);
    const {architecture, costs, columns} = plan;
    const parameters = layOut(architecture);
    if (parameters.status === 'misfit') throw new Error(parameters.problem);
    report.metrics(0, {parameters: parameters.layout.parameters});
    const train = await inputs.data.split('train');
    const problem = {...problemOf(given, train), columns, costs};
    const threads = Math.min(availableParallelism(), costs.length);
    return await Threads.use(
      [svmKernels],
      async (shared) => {
        const start = inputs.start && startOf(inputs.start, plan, problem.constant);
        const svm = new LinearSvm(shared, problem, {tolerance: given.tolerance, seed: context.seed, start});
        const history = await fit(svm, given, costs.length, context);
        return {
          model: {kind: 'model', architecture, weights: weightsOf(svm.weights(), plan, problem.constant)},
          history: {kind: 'table', columns: historyColumns(history)},
        };
      },
      threads,
    );
  },
});

function problemOf(
  {intercept, interceptScaling, loss}: Params,
  train: Split,
): Pick<SvmProblem, 'features' | 'labels' | 'constant' | 'loss'> {
  const examples = train[examplesName(train)] as HostTensor;
  const features = examples.dtype === 'float32' ? examples : affine(examples, 1, 0);
  return {
    features: features.data as Float32Array,
    labels: (train['labels'] as HostTensor).data,
    constant: intercept ? interceptScaling : 0,
    loss,
  };
}

/** Rounds until all classes have converged, each a line of the history; with checkpoints, as training has them everywhere. */
async function fit(
  svm: LinearSvm,
  given: Params,
  classes: number,
  context: StageContext,
): Promise<({epoch: number} & Record<string, number>)[]> {
  const {report, checkpoints, signal} = context;
  const history: ({epoch: number} & Record<string, number>)[] = [];
  const kept = await checkpoints.load();
  if (kept) {
    const {tensors, metadata} = decodeSafetensors(kept);
    svm.writeState(tensors['state']?.data as Uint8Array);
    history.push(...(JSON.parse(metadata['history'] ?? '[]') as typeof history));
    for (const {epoch, ...figures} of history) report.metrics(epoch, figures);
    report.log(`going on from the checkpoint of round ${history.length}`);
  }
  let saved = performance.now();
  const figures = await svm.fit(given.rounds, async ({rounds, done, ...found}) => {
    history.push({epoch: rounds, ...found});
    report.metrics(rounds, found);
    report.progress(done, classes, 'class', {round: rounds, gap: found.gap});
    if (!signal.aborted && performance.now() - saved < 1000 * checkpoints.everySeconds) return;
    await checkpoints.save(await encode(svm, history));
    saved = performance.now();
    if (signal.aborted) throw new Interrupted(`stopped after round ${rounds}; the next run goes on from there`);
  });
  const converged = figures.done === classes;
  report.metrics(figures.rounds, {converged: converged ? 1 : 0});
  if (!converged)
    report.log(`${figures.done} of ${classes} classes have converged; the rest had not after ${figures.rounds} rounds`);
  return history;
}

async function encode(svm: LinearSvm, history: readonly object[]): Promise<Uint8Array> {
  const state = svm.readState();
  const chunks: Uint8Array[] = [];
  const tensors = {state: hostTensor('uint8', [state.length], state)};
  for await (const chunk of encodeSafetensors(tensors, {history: JSON.stringify(history)})) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Index of the dense layer: a `flatten` may come first. */
const denseOf = ({layers}: Architecture): number => layers.length - 1;

/** float64 [classes, columns + 1] as a layer's kernel [columns, classes] and bias [classes]. */
function weightsOf(weights: Float64Array, {architecture, columns, costs}: Plan, constant: number): Split {
  const classes = costs.length;
  const kernel = Float32Array.from(
    {length: columns * classes},
    (_, at) => weights[(at % classes) * (columns + 1) + Math.floor(at / classes)] ?? 0,
  );
  const bias = Float32Array.from({length: classes}, (_, k) => constant * (weights[k * (columns + 1) + columns] ?? 0));
  const index = denseOf(architecture);
  return {
    [`${index}.kernel`]: hostTensor('float32', [columns, classes], kernel),
    [`${index}.bias`]: hostTensor('float32', [classes], bias),
  };
}

function startOf(model: ModelValue, {columns, costs}: Plan, constant: number): Float64Array {
  const index = denseOf(model.architecture as Architecture);
  const {[`${index}.kernel`]: kernel, [`${index}.bias`]: bias} = model.weights;
  const classes = costs.length;
  return Float64Array.from({length: classes * (columns + 1)}, (_, at) => {
    const [k, column] = [Math.floor(at / (columns + 1)), at % (columns + 1)];
    if (column < columns) return kernel?.data[column * classes + k] ?? 0;
    return constant === 0 ? 0 : (bias?.data[k] ?? 0) / constant;
  });
}
