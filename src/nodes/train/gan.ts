import {type Static, Type} from '@sinclair/typebox';
import {historyColumns} from '../../core/epoch-history.js';
import {type HostTensor, hostTensor, type PackedTensor} from '../../core/host-tensor.js';
import {defineNodeOld, type TypeIssue} from '../../core/node.js';
import type {DatasetType} from '../../core/ports.js';
import {packedDataset, packedSplit} from '../../core/splits.js';
import {type Architecture, layerListSchema, layOut} from '../../networks/architecture.js';
import {showShape} from '../../networks/layer.js';
import {applyInBatches, Network} from '../../networks/network.js';
import {optimizerSchema} from '../../optimizers/index.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {trainEpochs} from '../../training/loop.js';
import {drawNoise, generativePhases} from '../../training/objectives/generative.js';
import {
  batchSizeParam,
  checkPrecision,
  compileParam,
  epochsParam,
  lacksForTraining,
  precisionParam,
} from '../../training/params.js';
import {Snapshots} from '../../training/snapshots.js';
import {createTrainingStep} from '../../training/steps/training-step.js';
import {agreeOnRange} from '../agree.js';
import {modelType} from '../model-type.js';

const params = Type.Object(
  {
    generator: layerListSchema('Noise → image. Ends in what keeps the data’s range, such as `tanh` for −1..1.'),
    discriminator: layerListSchema('Image → probability that it is real. Ends in `{dense: 1}, sigmoid`.'),
    noise: Type.Object(
      {
        size: Type.Integer({minimum: 1, maximum: 65_536, default: 100, description: 'Numbers that an image is made from.'}),
        distribution: Type.Union([Type.Literal('uniform'), Type.Literal('normal')], {
          default: 'uniform',
          description: 'Uniform in −1..1, or standard normal.',
        }),
      },
      {additionalProperties: false, default: {}, description: 'What the generator makes images from.'},
    ),
    realLabel: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: 'What the discriminator is told of real images; 0.9 is one-sided label smoothing (Salimans et al. 2016).',
    }),
    epochs: epochsParam(100),
    batchSize: batchSizeParam(1024, 'Real images a step, and as many generated ones.'),
    optimizers: Type.Object(
      {
        generator: optimizerSchema('Of the generator.', {adam: {rate: 2e-4}}),
        discriminator: optimizerSchema('Of the discriminator.', {adam: {rate: 2e-4}}),
      },
      {additionalProperties: false, default: {}, description: 'How each part learns.'},
    ),
    snapshots: Type.Object(
      {
        count: Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 100,
          description: 'Images of a snapshot, always from the same noise.',
        }),
        everySteps: Type.Optional(
          Type.Integer({minimum: 1, description: 'Steps between two snapshots, beside the one after each epoch.'}),
        ),
      },
      {additionalProperties: false, default: {}, description: 'What is shown while it trains.'},
    ),
    precision: precisionParam,
    compile: compileParam,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

/** Shapes of both networks for a data set, or what does not fit. */
function architectures(
  given: Params,
  data: DatasetType,
): {readonly generator: Architecture; readonly discriminator: Architecture} | readonly TypeIssue[] {
  const images = data.splits['train']?.['images'];
  if (!images)
    return [{path: ['in', 'data'], message: 'Expected the data set to have a split `train` with a tensor `images`, got none'}];
  const issues: TypeIssue[] = [];
  const report = (issue: TypeIssue): void => void issues.push(issue);
  const [examples, ...image] = images.shape as [number | string, ...number[]];
  if (!images.range)
    report({
      path: ['in', 'data'],
      message: 'Expected pixels of a known range, which the generator must keep, got an unknown range',
      hint: 'Put `normalise/scale` before this stage.',
    });
  if (typeof examples === 'number' && given.batchSize > examples)
    report({
      path: ['with', 'batchSize'],
      message: `Expected \`batchSize\` to be at most the ${examples} training examples, got ${given.batchSize}`,
    });
  const networks = {
    generator: {input: [given.noise.size], layers: given.generator},
    discriminator: {input: image, layers: given.discriminator},
  };
  for (const [name, wanted] of [
    ['generator', image],
    ['discriminator', [1]],
  ] as const) {
    const {layers} = networks[name];
    const laid = layOut(networks[name]);
    if ('problem' in laid) {
      const {index, problem, hint} = laid.problem;
      report({path: ['with', name, index], message: problem, ...(hint && {hint})});
      continue;
    }
    const last = ['with', name, layers.length - 1];
    const {output, range} = laid.layout;
    if (showShape(output) !== showShape(wanted))
      report({path: last, message: `Expected the ${name} to end in shape ${showShape(wanted)}, got ${showShape(output)}`});
    if (name === 'discriminator' && layers.at(-1) !== 'sigmoid')
      report({path: last, message: `Expected the discriminator to end in \`sigmoid\`, got \`${showLayer(layers.at(-1))}\``});
    if (name === 'generator')
      agreeOnRange(
        {path: ['in', 'data'], what: '`images`', tensor: images, names: []},
        {
          path: last,
          what: 'what the generator gives',
          tensor: {dtype: 'float32', shape: output, ...(range && {range})},
          names: [],
        },
        report,
      );
  }
  return issues.length > 0 ? issues : networks;
}

const showLayer = (layer: unknown): string => (typeof layer === 'string' ? layer : JSON.stringify(layer));

const columns = ['discriminatorLoss', 'accuracyOnReal', 'accuracyOnGenerated', 'generatorLoss'] as const;

export const node = defineNodeOld({
  type: 'train/gan',
  summary: 'A generator of images, and a discriminator that learns to tell them from real ones.',
  source: 'Goodfellow et al. 2014, arXiv:1406.2661; Radford, Metz, Chintala 2015, arXiv:1511.06434',
  example: `gan:
  use: train/gan
  in: scaled
  with:
    generator: [{dense: 6272}, batchNorm, tanh, {reshape: [7, 7, 128]}, {upSample2d: 4}, {conv2d: {filters: 1, kernel: 5, padding: same}}, sigmoid]
    discriminator: [{conv2d: {filters: 64, kernel: 5}}, tanh, {maxPool2d: 2}, flatten, {dense: 1}, sigmoid]
    epochs: 20`,
  params,
  inputs: {data: {kind: 'dataset', description: 'A split `train` with `images` (float32 of a known range).'}},
  usesTensors: true,
  metrics: columns,
  lacks: (given, backend) => lacksForTraining(given, ['generator', 'discriminator'], backend),
  outputs: ({params: given, inputs: {data}, report}) => {
    checkPrecision(given).forEach(report);
    const found = architectures(given, data);
    if (!('generator' in found)) {
      found.forEach(report);
      return {};
    }
    const {range} = data.splits['train']?.['images'] ?? {};
    const images = {dtype: 'float32', shape: ['snapshots', given.snapshots.count, ...found.discriminator.input]} as const;
    return {
      generator: modelType(found.generator, given.noise.distribution === 'uniform' ? [-1, 1] : undefined),
      discriminator: modelType(found.discriminator, range),
      history: {kind: 'table', columns: ['epoch', ...columns]},
      snapshots: {
        kind: 'dataset',
        splits: {snapshots: {images: {...images, ...(range && {range})}, steps: {dtype: 'int32', shape: ['snapshots']}}},
      },
    };
  },
  run: async (context) => {
    const {params: given, inputs, inputTypes, seed, report} = context;
    const found = architectures(given, inputTypes.data);
    if (!('generator' in found)) throw new Error(found[0]?.message);
    const images = (await packedSplit(inputs.data, 'train'))['images'] as PackedTensor;
    const initialisation = tf.scalar(-1, 'int32');
    const random = new RandomStream(seed, initialisation);
    const generator = Network.initialise('generator', found.generator, random);
    const discriminator = Network.initialise('discriminator', found.discriminator, random);
    const fixed = drawNoise(random, given.noise.distribution, given.snapshots.count, generator);
    const noise = hostTensor('float32', fixed.shape, fixed.dataSync() as Float32Array);
    tf.dispose([initialisation, fixed]);
    const options = {optimizers: given.optimizers, noise: given.noise.distribution, realLabel: given.realLabel};
    const step = createTrainingStep({
      data: {images},
      batchSize: given.batchSize,
      seed,
      precision: given.precision,
      compile: given.compile,
      phases: (batch, stream) => generativePhases({generator, discriminator}, options, batch, stream),
    });
    const snapshots = new Snapshots({
      sample: (): HostTensor => applyInBatches((batch) => generator.apply(batch, {mode: 'evaluation'}), noise, given.batchSize),
      range: inputTypes.data.splits['train']?.['images']?.range ?? [0, 1],
      everySteps: given.snapshots.everySteps,
      report,
    });
    try {
      const {batchSize, epochs} = given;
      const examples = images.shape[0] ?? 0;
      const loop = {step, examples, batchSize, epochs, validateEvery: 1, evaluate: () => ({}), companion: snapshots};
      const history = await trainEpochs(loop, context);
      const value = (network: Network) =>
        ({kind: 'model', architecture: network.architecture, weights: network.weights()}) as const;
      return {
        generator: value(generator),
        discriminator: value(discriminator),
        history: {kind: 'table', columns: historyColumns(history)},
        snapshots: packedDataset({snapshots: {...snapshots.tensors()}}),
      };
    } finally {
      step.dispose();
      generator.dispose();
      discriminator.dispose();
    }
  },
});
