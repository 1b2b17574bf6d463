import {type Static, Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {smallestValue} from '../../core/affine.js';
import {historyColumns} from '../../core/epoch-history.js';
import type {PackedTensor} from '../../core/host-tensor.js';
import {defineNodeOld, type TypeIssue} from '../../core/node.js';
import type {DatasetType, LayerSpec, ModelType, ModelValue, TensorType} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {type Architecture, layerListSchema, layOut} from '../../networks/architecture.js';
import {showShape} from '../../networks/layer.js';
import {Network} from '../../networks/network.js';
import {fitPictures, joinNetworks, type Trained} from '../../networks/trained.js';
import {optimizerSchema} from '../../optimizers/index.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {augment, augmentParam} from '../../training/augmentation.js';
import {BestEpoch} from '../../training/best-epoch.js';
import {type TrainingLoop, trainEpochs, withoutContinuation} from '../../training/loop.js';
import {classifierPhases, measureClassifier} from '../../training/objectives/classifier.js';
import {
  batchSizeParam,
  checkPrecision,
  compileParam,
  epochsParam,
  lacksForTraining,
  precisionParam,
  validateEveryParam,
} from '../../training/params.js';
import {rateFactor, scheduleParam} from '../../training/rate-schedule.js';
import {createTrainingStep, type TrainingStep} from '../../training/steps/training-step.js';
import {agreeOnRange} from '../agree.js';
import {examplesName} from '../examples.js';
import {architectureOf, modelType} from '../model-type.js';

const params = Type.Object(
  {
    layers: layerListSchema('Image or features → a score for each class. No `softmax` at the end: it is part of the loss.'),
    trainable: Type.Union(
      [Type.Literal('none'), Type.Literal('all'), Type.Object({last: Type.Integer({minimum: 1})}, {additionalProperties: false})],
      {
        default: 'none',
        description:
          'What learns of `base`: `last` so many of its layers, those inside of `residual` counted one by one and never parted. The rest computes as in evaluation.',
      },
    ),
    loss: Type.Union([Type.Literal('crossEntropy'), Type.Literal('hinge'), Type.Literal('squaredHinge')], {
      default: 'crossEntropy',
      description: 'Cross-entropy of the softmax, or the hinge of each class against the rest.',
    }),
    labelSmoothing: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: 'Share of the target that is spread over all classes; of cross-entropy only.',
    }),
    optimizer: optimizerSchema('How the network learns.', {adam: {rate: 1e-3}}),
    schedule: Type.Optional(scheduleParam),
    epochs: epochsParam(10),
    batchSize: batchSizeParam(32, 'Examples a step.'),
    augment: augmentParam,
    validateEvery: validateEveryParam(1),
    monitor: Type.Union([Type.Literal('accuracy'), Type.Literal('loss')], {
      default: 'accuracy',
      description: 'The figure of the validation split by which an epoch is the best.',
    }),
    restoreBest: Type.Boolean({default: false, description: 'Give the weights of the best epoch, not of the last.'}),
    patience: Type.Optional(
      Type.Integer({minimum: 1, description: 'Stop after so many epochs without a better one; never when not given.'}),
    ),
    precision: precisionParam,
    compile: compileParam,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

/** What is learned from: pictures, or features of them, with their classes. */
interface Examples {
  readonly images: PackedTensor;
  readonly labels: PackedTensor;
}

/** Networks that training builds on. */
interface Beginnings {
  readonly base: ModelType | undefined;
  readonly start: ModelType | undefined;
}

/** The network for a data set, or all that does not fit. */
function architectureFor(given: Params, data: DatasetType, {base, start}: Beginnings): Architecture | TypeIssue[] {
  const train = data.splits['train'];
  const [images, labels] = [train?.[examplesName(train)], train?.['labels']];
  if (!images || !labels)
    return [
      {
        path: ['in', 'data'],
        message: 'Expected the data set to have a split `train` with `images` or `features`, and `labels`, got none',
      },
    ];
  const issues: TypeIssue[] = [];
  const [examples, ...image] = images.shape as [number | string, ...number[]];
  if (typeof examples === 'number' && given.batchSize > examples)
    issues.push({
      path: ['with', 'batchSize'],
      message: `Expected \`batchSize\` to be at most the ${examples} training examples, got ${given.batchSize}`,
    });
  if (given.labelSmoothing > 0 && given.loss !== 'crossEntropy')
    issues.push({
      path: ['with', 'labelSmoothing'],
      message: `Expected no \`labelSmoothing\` with the loss \`${given.loss}\`, got ${given.labelSmoothing}`,
    });
  if (!data.splits['validation'])
    for (const name of ['restoreBest', 'patience'] as const)
      if (given[name])
        issues.push({
          path: ['with', name],
          message: `Expected a split \`validation\`, by which \`${name}\` goes, got ${Object.keys(data.splits).join(', ')}`,
        });
  if ((given.augment.flip || given.augment.shift > 0) && image.length !== 3)
    issues.push({
      path: ['with', 'augment'],
      message: `Expected images of shape [height, width, channels], which \`augment\` changes, got ${showShape(image)}`,
    });
  const before = base && baseLayers(base, images);
  if (before && 'message' in before) return [...issues, before];
  const input = base ? base.output.shape.slice(1).map(Number) : image;
  const own = {input, layers: given.layers};
  const stored = start && architectureOf(start);
  if (start && JSON.stringify(stored) !== JSON.stringify(own))
    issues.push({
      path: ['in', 'start'],
      message: `Expected \`start\` to be a network of the same \`layers\` for an input of shape ${showShape(input)}, got another`,
    });
  const found = [...issues, ...checkEnd(own, labels.range ? labels.range[1] + 1 : undefined)];
  if (found.length > 0) return found;
  return {input: image, layers: [...(before ?? []), ...given.layers]};
}

/** The layers from an example to what `base` gives, or what does not fit. */
function baseLayers(base: ModelType, images: TensorType): readonly LayerSpec[] | TypeIssue {
  const network = architectureOf(base);
  if (!network) return {path: ['in', 'base'], message: 'Expected a `base` whose layers are known, got one without'};
  const fitted = fitPictures(images.shape.slice(1).map(Number), network.input);
  if ('problem' in fitted) return {path: ['in', 'base'], message: fitted.problem};
  const issues: TypeIssue[] = [];
  const taken = {path: ['in', 'base'], what: 'what `base` takes', tensor: base.inputs['input'], names: []};
  agreeOnRange(taken, {path: ['in', 'data'], what: 'the data', tensor: images, names: []}, (issue) => issues.push(issue));
  return issues[0] ?? [...fitted, ...network.layers];
}

/** How many of the first layers do not learn, where `layers` come before those of the recipe. */
function frozenLayers({trainable}: Params, layers: readonly LayerSpec[]): number {
  if (trainable === 'all') return 0;
  if (trainable === 'none') return layers.length;
  let [frozen, left] = [layers.length, trainable.last];
  while (frozen > 0 && left > 0) left -= countLayers(layers[--frozen] as LayerSpec);
  return frozen;
}

const countLayers = (layer: LayerSpec): number => {
  const inner = typeof layer === 'string' ? undefined : layer['residual'];
  return Array.isArray(inner) ? inner.length : 1;
};

/** What is wrong with a network's shapes, or with what it ends in. */
function checkEnd(architecture: Architecture, classes: number | undefined): TypeIssue[] {
  const laid = layOut(architecture);
  if ('problem' in laid) {
    const {index, problem, hint} = laid.problem;
    return [{path: ['with', 'layers', index], message: problem, ...(hint && {hint})}];
  }
  const {output, layers} = laid.layout;
  const path = ['with', 'layers', layers.length - 1];
  const last = layers.at(-1)?.kind.name ?? '';
  if (last === 'softmax' || last === 'sigmoid')
    return [
      {path, message: `Expected the network to end in scores, got \`${last}\``, hint: 'Leave it out: it is part of the loss.'},
    ];
  if (output.length === 1 && (classes === undefined ? (output[0] ?? 0) > 1 : output[0] === classes)) return [];
  const wanted = classes === undefined ? 'two classes or more' : `the ${classes} classes that the labels have`;
  return [{path, message: `Expected the network to end in a score for each of ${wanted}, got shape ${showShape(output)}`}];
}

export const node = defineNodeOld({
  type: 'train/classifier',
  summary: 'A network that tells classes apart, of any layers, with any optimiser and schedule.',
  example: `classifier:
  use: train/classifier
  in: scaled
  with:
    layers: [flatten, {dense: 128}, relu, {dense: 10}]
    optimizer: {adam: {rate: 1e-3}}
    schedule: {cosine: {}}
    epochs: 20
    restoreBest: true`,
  params,
  inputs: {
    data: {
      kind: 'dataset',
      description:
        'Splits `train` and, to look at in between, `validation`, with `labels` and `images`, or `features` made of them.',
    },
    base: {
      kind: 'model',
      description: 'A trained network that comes before `layers`; pictures are brought to its size, grey to colour.',
      optional: true,
    },
    start: {
      kind: 'model',
      description: 'A trained network of the same `layers`, whose weights these start from.',
      optional: true,
    },
  },
  usesTensors: true,
  metrics: ['parameters', 'loss', 'accuracy', 'validation/loss', 'validation/accuracy'],
  lacks: (given, backend) => lacksForTraining(given, ['layers'], backend),
  outputs: ({params: given, inputs, report}) => {
    const found = architectureFor(given, inputs.data, inputs);
    const {train} = inputs.data.splits;
    checkPrecision(given).forEach(report);
    if (Array.isArray(found)) {
      found.forEach(report);
      return {};
    }
    return {
      model: modelType(found, train?.[examplesName(train)]?.range),
      history: {kind: 'table', columns: ['epoch', 'loss', 'accuracy']},
    };
  },
  run: async (context) => {
    const {params: given, inputs, inputTypes, seed} = context;
    const found = architectureFor(given, inputTypes.data, inputTypes);
    if (Array.isArray(found)) throw new Error(found[0]?.message);
    const examples = async (split: string): Promise<Examples> => {
      const tensors = await packedSplit(inputs.data, split);
      return {images: tensors[examplesName(tensors)] as PackedTensor, labels: tensors['labels'] as PackedTensor};
    };
    const train = await examples('train');
    const validation = inputs.data.splitNames.includes('validation') ? await examples('validation') : undefined;
    const network = networkFor(given, found, context);
    const learning = network.variables.reduce((sum, {size}) => sum + size, 0);
    context.report.metrics(0, {parameters: learning});
    const step = createStep(given, network, train, seed);
    const best = bestEpochOf(given, network);
    const loop = {...loopOf(given, network, step, train, validation), companion: best};
    try {
      const history = await trainEpochs(loop, withoutContinuation(given.schedule, context));
      const chosen = given.restoreBest ? best.of(history) : undefined;
      if (chosen) context.report.log(`gives the weights of epoch ${chosen.epoch}, the best by validation/${given.monitor}`);
      return {
        model: {kind: 'model', architecture: found, weights: chosen ? best.readState() : network.weights()},
        history: {kind: 'table', columns: historyColumns(history)},
      };
    } finally {
      step.dispose();
      network.dispose();
    }
  },
});

/** A network with fresh weights, but for those of `base` and `start`. */
function networkFor(
  given: Params,
  architecture: Architecture,
  {
    inputs,
    inputTypes,
    seed,
  }: {
    readonly inputs: Readonly<Record<'base' | 'start', ModelValue | undefined>>;
    readonly inputTypes: {readonly base: ModelType | undefined};
    readonly seed: number;
  },
): Network {
  const {base, start} = inputs;
  const own = {input: inputTypes.base?.output.shape.slice(1).map(Number) ?? architecture.input, layers: given.layers};
  const initialisation = tf.scalar(-1, 'int32');
  const fresh = Network.initialise('classifier', own, new RandomStream(seed, initialisation));
  initialisation.dispose();
  if (!base && !start) return fresh;
  const layers = {architecture: own, weights: start?.weights ?? fresh.weights()};
  fresh.dispose();
  if (!base) return Network.restore('classifier', architecture, layers.weights);
  const loaded = {architecture: base.architecture as Architecture, weights: base.weights};
  const before = architecture.layers.slice(0, architecture.layers.length - given.layers.length);
  const fitted = before.slice(0, before.length - loaded.architecture.layers.length);
  const {weights} = [loaded, layers].reduce<Trained>(joinNetworks, {
    architecture: {...architecture, layers: fitted},
    weights: {},
  });
  return Network.restore('classifier', architecture, weights, frozenLayers(given, before));
}

function createStep(given: Params, network: Network, train: Examples, seed: number): TrainingStep {
  const {schedule, batchSize, precision, compile} = given;
  const {images, labels} = train;
  const background = given.augment.shift > 0 ? smallestValue(images) : 0;
  const stepsPerEpoch = Math.floor((images.shape[0] ?? 0) / batchSize);
  return createTrainingStep({
    data: {images, labels},
    batchSize,
    seed,
    precision,
    compile,
    ...(schedule && {rateFactor: rateFactor(schedule, stepsPerEpoch, given.epochs)}),
    phases: (batch, random) =>
      classifierPhases(network, given.optimizer, batch, random, given, (pixels) =>
        augment(pixels as tfjs.Tensor4D, given.augment, background, random),
      ),
  });
}

function bestEpochOf({monitor, restoreBest, patience}: Params, network: Network): BestEpoch {
  return new BestEpoch({
    figure: `validation/${monitor}`,
    better: monitor === 'accuracy' ? 'higher' : 'lower',
    patience,
    weights: restoreBest ? () => network.weights() : undefined,
  });
}

function loopOf(
  given: Params,
  network: Network,
  step: TrainingStep,
  train: Examples,
  validation: Examples | undefined,
): TrainingLoop {
  const {epochs, batchSize, validateEvery} = given;
  const evaluate = (): Record<string, number> => {
    if (!validation) return {};
    const {loss, accuracy} = measureClassifier(network, given, validation);
    return {'validation/loss': loss, 'validation/accuracy': accuracy};
  };
  return {step, examples: train.images.shape[0] ?? 0, batchSize, epochs, validateEvery, evaluate};
}
