import {type Static, Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor} from '../../core/host-tensor.js';
import {defineNode, type Report} from '../../core/node.js';
import type {DatasetType, TensorType} from '../../core/ports.js';
import {packedDataset} from '../../core/splits.js';
import {type Architecture, layerListSchema} from '../../networks/architecture.js';
import {applyInBatches} from '../../networks/network.js';
import {optimizerSchema} from '../../optimizers/index.js';
import type {RandomStream} from '../../tensor/random.js';
import {drawFirst, initialiseFrom} from '../../training/initialise.js';
import {drawNoise, generativePhases} from '../../training/objectives/generative.js';
import {checkPrecision, lacksForTraining, trainingParams} from '../../training/params.js';
import {Snapshots} from '../../training/snapshots.js';
import type {Batch} from '../../training/steps/training-program.js';
import {train} from '../../training/train.js';
import {agreeOnRange} from '../agree.js';
import {LayerChecks} from '../layer-checks.js';
import {modelType} from '../model-type.js';
import {checkBatchSize, imagesType, tensorsOf} from '../training-data.js';

const {epochs, batchSize, precision, compile} = trainingParams({
  epochs: 100,
  batchSize: 1024,
  batch: {description: 'Real images a step, and as many generated ones.'},
});
const params = Type.Object(
  {
    generator: layerListSchema({description: 'Noise → image. Ends in what keeps the data’s range, such as `tanh` for −1..1.'}),
    discriminator: layerListSchema({description: 'Image → probability that it is real. Ends in `{dense: 1}, sigmoid`.'}),
    noise: Type.Object(
      {
        size: Type.Integer({minimum: 1, maximum: 65_536, default: 100, description: 'Numbers that an image is made from.'}),
        distribution: Type.Union([Type.Literal('uniform'), Type.Literal('normal')], {
          default: 'uniform',
          description: 'Uniform in −1..1, or standard normal.',
        }),
      },
      {additionalProperties: false, default: {}, description: 'Noise that the generator makes images from.'},
    ),
    realLabel: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: 'Target of the discriminator for real images; 0.9 is one-sided label smoothing (Salimans et al. 2016).',
    }),
    epochs,
    batchSize,
    optimizers: Type.Object(
      {
        generator: optimizerSchema({description: 'For the generator.'}, {adam: {rate: 2e-4}}),
        discriminator: optimizerSchema({description: 'For the discriminator.'}, {adam: {rate: 2e-4}}),
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
      {additionalProperties: false, default: {}, description: 'Pictures shown while it trains.'},
    ),
    precision,
    compile,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

/** Architectures of both networks for a data set. */
function prepare(params: Params, data: DatasetType, report: Report) {
  checkPrecision(params, report);
  const images = imagesType(data, report);
  if (!images) return undefined;
  if (!images.range)
    report({
      path: ['in', 'data'],
      message: 'Expected pixels of a known range, which the generator must keep, got an unknown range',
      hint: 'Put `normalise/scale` before this stage.',
    });
  checkBatchSize(params.batchSize, images, report);
  const image = images.shape.slice(1).map(Number);
  const networks = {
    generator: {input: [params.noise.size], layers: params.generator},
    discriminator: {input: image, layers: params.discriminator},
  };
  checkNetworks(networks, images, report);
  return {params, networks, image, range: images.range ?? ([0, 1] as const)};
}

/** The generator makes images as the data has them; the discriminator gives a probability. */
function checkNetworks(
  {generator, discriminator}: Readonly<Record<'generator' | 'discriminator', Architecture>>,
  images: TensorType,
  report: Report,
): void {
  const checks = new LayerChecks({generator: generator.layers, discriminator: discriminator.layers}, report);
  const made = checks.follow('generator', generator.input);
  checks.expectShape('generator', made, discriminator.input);
  if (made)
    agreeOnRange(
      {path: ['in', 'data'], what: '`images`', tensor: images, names: []},
      {
        path: checks.end('generator'),
        what: 'what the generator gives',
        tensor: {dtype: 'float32', shape: made.output, ...(made.range && {range: made.range})},
        names: [],
      },
      report,
    );
  checks.expectProbabilities('discriminator', checks.follow('discriminator', discriminator.input), [1]);
}

const columns = ['discriminatorLoss', 'accuracyOnReal', 'accuracyOnGenerated', 'generatorLoss'] as const;

export const node = defineNode({
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
  drawsRandom: true,
  metrics: columns,
  lacks: (given, backend) => lacksForTraining(given, ['generator', 'discriminator'], backend),
  prepare: (given, {data}, report) => prepare(given, data, report),
  outputs: ({params: given, networks: {generator, discriminator}, image, range}) => ({
    generator: modelType(generator, given.noise.distribution === 'uniform' ? [-1, 1] : undefined),
    discriminator: modelType(discriminator, range),
    history: {kind: 'table', columns: ['epoch', ...columns]},
    snapshots: {
      kind: 'dataset',
      splits: {
        snapshots: {
          images: {dtype: 'float32', shape: ['snapshots', given.snapshots.count, ...image], range},
          steps: {dtype: 'int32', shape: ['snapshots']},
        },
      },
    },
  }),
  run: async ({prepared: {params: given, networks: architectures, range}, inputs, context}) => {
    const data = await tensorsOf(inputs.data, 'train', {images: 'images'});
    const {count, everySteps} = given.snapshots;
    const {networks, noise} = drawFirst(context.seed, (random) => {
      const fresh = initialiseFrom(architectures, random);
      const drawn = drawNoise(random, given.noise.distribution, count, fresh.generator);
      const values = hostTensor('float32', drawn.shape, drawn.dataSync() as Float32Array);
      drawn.dispose();
      return {networks: fresh, noise: values};
    });
    const options = {optimizers: given.optimizers, noise: given.noise.distribution, realLabel: given.realLabel};
    const phases = (batch: Batch, random: RandomStream) => generativePhases(networks, options, batch, random);
    const sample = (): HostTensor =>
      applyInBatches((batch) => networks.generator.apply(batch, {mode: 'evaluation'}), noise, given.batchSize);
    const snapshots = new Snapshots({sample, range, everySteps, report: context.report});
    const {models, history} = await train({objective: {networks, phases}, data, companions: [snapshots]}, given, context);
    return {...models, history, snapshots: packedDataset({snapshots: snapshots.tensors()})};
  },
});
