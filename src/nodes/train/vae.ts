import {type Static, Type} from '@sinclair/typebox';
import {defineNode, type Report} from '../../core/node.js';
import type {DatasetType} from '../../core/ports.js';
import {layerListSchema} from '../../networks/architecture.js';
import {showShape} from '../../networks/layer.js';
import {narrowed, narrowedLayers} from '../../networks/trained.js';
import {optimizerSchema} from '../../optimizers/index.js';
import {initialise} from '../../training/initialise.js';
import {VariationalObjective} from '../../training/objectives/variational.js';
import {checkPrecision, lacksForTraining, trainingParams} from '../../training/params.js';
import {stepsPerEpoch, train} from '../../training/train.js';
import {LayerChecks} from '../layer-checks.js';
import {modelType} from '../model-type.js';
import {checkBatchSize, checkUnitRange, imagesType, tensorsOf, validationTensors} from '../training-data.js';

const {epochs, batchSize, ...training} = trainingParams({epochs: 100, batchSize: 128, validateEvery: 5});
const params = Type.Object(
  {
    encoder: layerListSchema({
      description: 'Image → means, then logarithms of variances: ends in `{dense: 20}` for a code of 10.',
    }),
    decoder: layerListSchema({description: 'Code → image. Ends in `sigmoid`.'}),
    beta: Type.Number({
      minimum: 0,
      default: 1,
      description: 'Factor on the divergence from the prior; 1 maximises the bound.',
    }),
    warmUp: Type.Integer({minimum: 0, default: 0, description: 'Epochs in which `beta` rises evenly from 0.'}),
    epochs,
    batchSize,
    optimizer: optimizerSchema({description: 'How both networks learn.'}, {adam: {rate: 1e-3}}),
    ...training,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

/** Architectures of both networks for a data set. */
function prepare(params: Params, data: DatasetType, report: Report) {
  checkPrecision(params, report);
  const images = imagesType(data, report);
  if (!images) return undefined;
  checkUnitRange(images, report);
  checkBatchSize(params.batchSize, images, report);
  const image = images.shape.slice(1).map(Number);
  const checks = new LayerChecks({encoder: params.encoder, decoder: params.decoder}, report);
  const posterior = checks.follow('encoder', image)?.output;
  if (!posterior) return undefined;
  const [values = 0] = posterior;
  const encoders = narrowedLayers(params.encoder, values / 2);
  if (posterior.length !== 1 || values % 2 !== 0 || !encoders) {
    const wanted = 'Expected the encoder to end in `dense` with twice as many values as a code has';
    checks.atEnd('encoder', `${wanted}, got shape ${showShape(posterior)}`, 'End it in `{dense: 20}` for a code of 10.');
    return undefined;
  }
  /** Dimensions of a code. */
  const size = values / 2;
  checks.expectProbabilities('decoder', checks.follow('decoder', [size], 'encoder'), image);
  const networks = {encoder: {input: image, layers: params.encoder}, decoder: {input: [size], layers: params.decoder}};
  return {params, networks, size, means: {input: image, layers: encoders}, range: images.range};
}

const figures = ['loss', 'reconstruction', 'divergence', 'elbo'] as const;

export const node = defineNode({
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
  drawsRandom: true,
  metrics: ['loss', ...figures.slice(1).flatMap((name) => [name, `validation/${name}`])],
  lacks: (given, backend) => lacksForTraining(given, ['encoder', 'decoder'], backend),
  prepare: (given, {data}, report) => prepare(given, data, report),
  outputs: ({networks, means, range}) => ({
    encoder: modelType(means, range),
    posterior: modelType(networks.encoder, range),
    decoder: modelType(networks.decoder),
    history: {kind: 'table', columns: ['epoch', ...figures]},
  }),
  run: async ({prepared: {params: given, networks, size}, inputs, context}) => {
    const data = await tensorsOf(inputs.data, 'train', {images: 'images'});
    const validation = await validationTensors(inputs.data, {images: 'images'});
    const warmUpSteps = given.warmUp * stepsPerEpoch(data, given.batchSize);
    const objective = new VariationalObjective(initialise(networks, context.seed), {...given, warmUpSteps});
    const {models, history} = await train({objective, data, validation}, given, context);
    const encoder = {kind: 'model', ...narrowed(models.encoder, 0, size)} as const;
    return {encoder, posterior: models.encoder, decoder: models.decoder, history};
  },
});
