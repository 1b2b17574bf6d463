import {type Static, Type} from '@sinclair/typebox';
import {historyColumns} from '../../core/epoch-history.js';
import type {PackedTensor} from '../../core/host-tensor.js';
import {defineNodeOld, type TypeIssue} from '../../core/node.js';
import type {DatasetType} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {type Architecture, layerListSchema} from '../../networks/architecture.js';
import {showShape} from '../../networks/layer.js';
import {Network} from '../../networks/network.js';
import {narrowed, narrowedLayers} from '../../networks/trained.js';
import {optimizerSchema} from '../../optimizers/index.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {trainEpochs, withoutContinuation} from '../../training/loop.js';
import {VariationalLoss} from '../../training/objectives/variational.js';
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
import {createTrainingStep} from '../../training/steps/training-step.js';
import {checkImages, LayerChecks} from '../layer-checks.js';
import {modelType} from '../model-type.js';

const params = Type.Object(
  {
    encoder: layerListSchema('Image → means, then logarithms of variances: ends in `{dense: 20}` for a code of 10.'),
    decoder: layerListSchema('Code → image. Ends in `sigmoid`.'),
    beta: Type.Number({
      minimum: 0,
      default: 1,
      description: 'What the divergence from the prior is multiplied by; 1 maximises the bound.',
    }),
    warmUp: Type.Integer({minimum: 0, default: 0, description: 'Epochs in which that rises evenly from 0.'}),
    epochs: epochsParam(100),
    batchSize: batchSizeParam(128, 'Examples a step.'),
    optimizer: optimizerSchema('How both networks learn.', {adam: {rate: 1e-3}}),
    schedule: Type.Optional(scheduleParam),
    validateEvery: validateEveryParam(5),
    precision: precisionParam,
    compile: compileParam,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

interface Found {
  readonly encoder: Architecture;
  readonly decoder: Architecture;
  /** Dimensions of a code. */
  readonly size: number;
}

/** Shapes of both networks for a data set, or all that does not fit. */
function findNetworks(given: Params, data: DatasetType): Found | readonly TypeIssue[] {
  const images = checkImages(data, given.batchSize);
  if ('message' in images) return [images];
  const checks = new LayerChecks(given);
  checks.issues.push(...images.issues);
  const posterior = checks.follow('encoder', images.image);
  const [values = 0] = posterior ?? [];
  if (posterior && (posterior.length !== 1 || values % 2 !== 0 || !narrowedLayers(given.encoder, 1)))
    checks.report(
      'encoder',
      `Expected the encoder to end in \`dense\` with twice as many values as a code has, got shape ${showShape(posterior)}`,
      'End it in `{dense: 20}` for a code of 10.',
    );
  if (!posterior || checks.issues.length > 0) return checks.issues;
  const size = values / 2;
  checks.expectProbabilities('decoder', checks.follow('decoder', [size], 'encoder'), images.image);
  if (checks.issues.length > 0) return checks.issues;
  return {encoder: {input: images.image, layers: given.encoder}, decoder: {input: [size], layers: given.decoder}, size};
}

const figures = ['loss', 'reconstruction', 'divergence', 'elbo'] as const;

export const node = defineNodeOld({
  type: 'train/vae',
  summary:
    'A variational autoencoder: reconstruction, and β times the divergence of each code’s distribution from a standard normal one.',
  source:
    'Kingma, Welling: Auto-Encoding Variational Bayes, 2013, arXiv:1312.6114; Higgins et al.: beta-VAE, 2017; warm-up: Bowman et al. 2015, arXiv:1511.06349',
  example: `vae:
  use: train/vae
  in: scaled
  with:
    encoder: [flatten, {dense: 392}, relu, {dense: 20}]
    decoder: [{dense: 392}, relu, {dense: 784}, {reshape: [28, 28, 1]}, sigmoid]
    beta: 4
    warmUp: 5
    epochs: 20`,
  params,
  inputs: {data: {kind: 'dataset', description: 'Splits `train` and `validation` with `images` (float32 in 0..1).'}},
  usesTensors: true,
  metrics: ['loss', ...figures.slice(1).flatMap((name) => [name, `validation/${name}`])],
  lacks: (given, backend) => lacksForTraining(given, ['encoder', 'decoder'], backend),
  outputs: ({params: given, inputs, report}) => {
    const found = findNetworks(given, inputs.data);
    checkPrecision(given).forEach(report);
    if (!('size' in found)) {
      found.forEach(report);
      return {};
    }
    const range = inputs.data.splits['train']?.['images']?.range;
    const {input, layers} = found.encoder;
    return {
      encoder: modelType({input, layers: narrowedLayers(layers, found.size) ?? []}, range),
      posterior: modelType(found.encoder, range),
      decoder: modelType(found.decoder),
      history: {kind: 'table', columns: ['epoch', ...figures]},
    };
  },
  run: async (context) => {
    const {params: given, inputs, inputTypes, seed} = context;
    const found = findNetworks(given, inputTypes.data);
    if (!('size' in found)) throw new Error(found[0]?.message);
    const images = (await packedSplit(inputs.data, 'train'))['images'] as PackedTensor;
    const validation = inputs.data.splitNames.includes('validation')
      ? ((await packedSplit(inputs.data, 'validation'))['images'] as PackedTensor)
      : undefined;
    const {batchSize, epochs, validateEvery, precision, compile, schedule} = given;
    const examples = images.shape[0] ?? 0;
    const stepsPerEpoch = Math.floor(examples / batchSize);
    const initialisation = tf.scalar(-1, 'int32');
    const random = new RandomStream(seed, initialisation);
    const encoder = Network.initialise('encoder', found.encoder, random);
    const decoder = Network.initialise('decoder', found.decoder, random);
    initialisation.dispose();
    const loss = new VariationalLoss({encoder, decoder}, {beta: given.beta, warmUpSteps: given.warmUp * stepsPerEpoch});
    const step = createTrainingStep({
      data: {images},
      batchSize,
      seed,
      precision,
      compile,
      ...(schedule && {rateFactor: rateFactor(schedule, stepsPerEpoch, epochs)}),
      phases: (batch, stream) => loss.phases(batch, stream, given.optimizer),
    });
    const evaluate = (): Record<string, number> => (validation ? loss.measure(validation, batchSize, seed) : {});
    try {
      const history = await trainEpochs(
        {step, examples, batchSize, epochs, validateEvery, evaluate},
        withoutContinuation(schedule, context),
      );
      const posterior = {architecture: encoder.architecture, weights: encoder.weights()};
      return {
        encoder: {kind: 'model', ...narrowed(posterior, 0, found.size)},
        posterior: {kind: 'model', ...posterior},
        decoder: {kind: 'model', architecture: decoder.architecture, weights: decoder.weights()},
        history: {kind: 'table', columns: historyColumns(history)},
      };
    } finally {
      step.dispose();
      encoder.dispose();
      decoder.dispose();
    }
  },
});
