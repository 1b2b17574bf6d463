import {type Static, Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import {smallestValue} from '../../core/affine.js';
import type {PackedTensor} from '../../core/host-tensor.js';
import {defineNode, type Report} from '../../core/node.js';
import type {DatasetType, LayerSpec, ModelType, ModelValue, TensorType} from '../../core/ports.js';
import {type Architecture, layerListSchema} from '../../networks/architecture.js';
import {showShape} from '../../networks/layer.js';
import {evaluationBatch, Network} from '../../networks/network.js';
import {fitPictures, joinNetworks, type Trained} from '../../networks/trained.js';
import {optimizerSchema} from '../../optimizers/index.js';
import {augment, augmentParam} from '../../training/augmentation.js';
import {BestEpoch} from '../../training/best-epoch.js';
import {initialise} from '../../training/initialise.js';
import type {Objective} from '../../training/objective.js';
import {classifierPhases, measureClassifier} from '../../training/objectives/classifier.js';
import {checkPrecision, lacksForTraining, trainingParams} from '../../training/params.js';
import {train} from '../../training/train.js';
import {agreeOnRange} from '../agree.js';
import {LayerChecks} from '../layer-checks.js';
import {architectureOf, modelType} from '../model-type.js';
import {checkBatchSize, labelledType, tensorsOf, validationTensors} from '../training-data.js';

const {epochs, batchSize, schedule, validateEvery, precision, compile} = trainingParams({epochs: 10, batchSize: 32});
const params = Type.Object(
  {
    layers: layerListSchema({
      description: 'Image or features → a score for each class. No `softmax` at the end: it is part of the loss.',
    }),
    trainable: Type.Union(
      [Type.Literal('none'), Type.Literal('all'), Type.Object({last: Type.Integer({minimum: 1})}, {additionalProperties: false})],
      {
        default: 'none',
        description:
          'Which layers of `base` learn: none, all, or the `last` N. Layers inside `residual` count one each, but a block is never split. The rest computes as in evaluation.',
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
    optimizer: optimizerSchema({description: 'How the network learns.'}, {adam: {rate: 1e-3}}),
    schedule,
    epochs,
    batchSize,
    augment: augmentParam,
    validateEvery,
    monitor: Type.Union([Type.Literal('accuracy'), Type.Literal('loss')], {
      default: 'accuracy',
      description: 'The figure of the validation split by which an epoch is the best.',
    }),
    restoreBest: Type.Boolean({default: false, description: 'Give the weights of the best epoch, not of the last.'}),
    patience: Type.Optional(
      Type.Integer({minimum: 1, description: 'Epochs without a better one after which training stops; never when not given.'}),
    ),
    precision,
    compile,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

interface Prepared {
  readonly params: Params;
  /** Tensors of a split that are learned from: pictures, or features of them, with their classes. */
  readonly tensors: {readonly images: 'features' | 'images'; readonly labels: 'labels'};
  /** The whole network, and the part that the recipe gives; before that come `fitted`, which bring pictures to `base`, and `base`. */
  readonly architecture: Architecture;
  readonly own: Architecture;
  readonly fitted: readonly LayerSpec[];
  readonly base: readonly LayerSpec[];
  readonly range: TensorType['range'];
}

/** Networks that training builds on. */
interface Beginnings {
  readonly base: ModelType | undefined;
  readonly start: ModelType | undefined;
}

/** The network for a data set. */
function prepare(params: Params, data: DatasetType, {base, start}: Beginnings, report: Report): Prepared | undefined {
  checkPrecision(params, report);
  const found = labelledType(data, report);
  if (!found) return undefined;
  const {name, examples, labels} = found;
  const image = examples.shape.slice(1).map(Number);
  checkBatchSize(params.batchSize, examples, report);
  checkParams(params, image, Object.keys(data.splits), report);
  const before = base ? layersBefore(base, examples, report) : {fitted: [], base: []};
  if (!before) return undefined;
  const own = {input: base ? base.output.shape.slice(1).map(Number) : image, layers: params.layers};
  const stored = start && architectureOf(start);
  if (start && JSON.stringify(stored) !== JSON.stringify(own))
    report({
      path: ['in', 'start'],
      message: `Expected \`start\` to be a network of the same \`layers\` for an input of shape ${showShape(own.input)}, got another`,
    });
  checkEnd(own, labels.range ? labels.range[1] + 1 : undefined, report);
  const architecture = {input: image, layers: [...before.fitted, ...before.base, ...own.layers]};
  return {params, tensors: {images: name, labels: 'labels'}, architecture, own, ...before, range: examples.range};
}

/** Params that do not go together, or not with the data. */
function checkParams(given: Params, image: readonly number[], splits: readonly string[], report: Report): void {
  if (given.labelSmoothing > 0 && given.loss !== 'crossEntropy')
    report({
      path: ['with', 'labelSmoothing'],
      message: `Expected no \`labelSmoothing\` with the loss \`${given.loss}\`, got ${given.labelSmoothing}`,
    });
  if (!splits.includes('validation'))
    for (const name of ['restoreBest', 'patience'] as const)
      if (given[name])
        report({
          path: ['with', name],
          message: `Expected a split \`validation\`, by which \`${name}\` goes, got ${splits.join(', ')}`,
        });
  if ((given.augment.flip || given.augment.shift > 0) && image.length !== 3)
    report({
      path: ['with', 'augment'],
      message: `Expected images of shape [height, width, channels], which \`augment\` changes, got ${showShape(image)}`,
    });
}

/** The layers from an example to the end of `base`; reports and gives `undefined` when its shapes do not fit. */
function layersBefore(base: ModelType, images: TensorType, report: Report): Pick<Prepared, 'fitted' | 'base'> | undefined {
  const path = ['in', 'base'];
  const network = architectureOf(base);
  if (!network) {
    report({path, message: 'Expected a `base` whose layers are known, got one without'});
    return undefined;
  }
  const fitted = fitPictures(images.shape.slice(1).map(Number), network.input);
  if (fitted.status === 'misfit') {
    report({path, message: fitted.problem});
    return undefined;
  }
  const taken = {path, what: 'what `base` takes', tensor: base.inputs['input'], names: []};
  agreeOnRange(taken, {path: ['in', 'data'], what: 'the data', tensor: images, names: []}, report);
  return {fitted: fitted.layers, base: network.layers};
}

/** Number of the first layers that do not learn, where `layers` come before those of the recipe. */
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

/** Reports a network whose shapes do not fit, or that ends in something else than a score for each class. */
function checkEnd({input, layers}: Architecture, classes: number | undefined, report: Report): void {
  const checks = new LayerChecks({layers}, report);
  const laid = checks.follow('layers', input);
  if (!laid) return;
  const last = laid.layers.at(-1)?.kind.name ?? '';
  if (last === 'softmax' || last === 'sigmoid')
    return checks.atEnd(
      'layers',
      `Expected the network to end in scores, got \`${last}\``,
      'Leave it out: it is part of the loss.',
    );
  const [scores = 0, ...more] = laid.output;
  if (more.length === 0 && (classes === undefined ? scores > 1 : scores === classes)) return;
  const wanted = classes === undefined ? 'two classes or more' : `the ${classes} classes that the labels have`;
  checks.atEnd('layers', `Expected the network to end in a score for each of ${wanted}, got shape ${showShape(laid.output)}`);
}

export const node = defineNode({
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
  drawsRandom: true,
  metrics: ['parameters', 'loss', 'accuracy', 'validation/loss', 'validation/accuracy'],
  lacks: (given, backend) => lacksForTraining(given, ['layers'], backend),
  prepare: (given, {data, ...beginnings}, report) => prepare(given, data, beginnings, report),
  outputs: ({architecture, range}) => ({
    model: modelType(architecture, range),
    history: {kind: 'table', columns: ['epoch', 'loss', 'accuracy']},
  }),
  run: async ({prepared, inputs, context}) => {
    const {params: given, tensors} = prepared;
    const data = await tensorsOf(inputs.data, 'train', tensors);
    const validation = await validationTensors(inputs.data, tensors);
    const network = networkFor(prepared, inputs, context.seed);
    context.report.metrics(0, {parameters: network.variables.reduce((sum, {size}) => sum + size, 0)});
    const best = bestEpochOf(given, network);
    const training = {
      objective: objectiveOf(given, network, data.images),
      data,
      validation,
      measuredAtOnce: evaluationBatch(network),
      companions: [best],
    };
    const {models, epochs: trained, history} = await train(training, given, context);
    const chosen = given.restoreBest ? best.of(trained) : undefined;
    if (!chosen) return {model: models.classifier, history};
    context.report.log(`gives the weights of epoch ${chosen.epoch}, the best by validation/${given.monitor}`);
    return {model: {...models.classifier, weights: best.weights}, history};
  },
});

/** A network with fresh weights, but for those of `base` and `start`. */
function networkFor(
  {params: given, architecture, own, fitted, base: layersOfBase}: Prepared,
  {base, start}: Readonly<Record<'base' | 'start', ModelValue | undefined>>,
  seed: number,
): Network {
  const {classifier: fresh} = initialise({classifier: own}, seed);
  if (!base && !start) return fresh;
  const layers = {architecture: own, weights: start?.weights ?? fresh.weights()};
  fresh.dispose();
  if (!base) return Network.restore('classifier', architecture, layers.weights);
  const loaded = {architecture: base.architecture as Architecture, weights: base.weights};
  const before = {architecture: {...architecture, layers: fitted}, weights: {}};
  const {weights} = [loaded, layers].reduce<Trained>(joinNetworks, before);
  return Network.restore('classifier', architecture, weights, frozenLayers(given, [...fitted, ...layersOfBase]));
}

function objectiveOf(given: Params, network: Network, images: PackedTensor): Objective<{readonly classifier: Network}> {
  const background = given.augment.shift > 0 ? smallestValue(images) : 0;
  return {
    networks: {classifier: network},
    phases: (batch, random) =>
      classifierPhases(network, given.optimizer, batch, random, given, (pixels) =>
        augment(pixels as tfjs.Tensor4D, given.augment, background, random),
      ),
    measure: (batch) => measureClassifier(network, given, batch),
  };
}

function bestEpochOf({monitor, restoreBest, patience}: Params, network: Network): BestEpoch {
  return new BestEpoch({
    figure: `validation/${monitor}`,
    better: monitor === 'accuracy' ? 'higher' : 'lower',
    patience,
    weights: restoreBest ? () => network.weights() : undefined,
  });
}
