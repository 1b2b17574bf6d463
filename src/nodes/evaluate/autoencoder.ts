import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import type {Split} from '../../core/ports.js';
import {decode, withNetwork} from '../../networks/evaluate.js';
import {momentsDistance} from '../../numerics/metrics/moments-distance.js';
import {nearestNeighbourAccuracy} from '../../numerics/metrics/nearest-neighbour.js';
import {slicedWasserstein} from '../../numerics/metrics/sliced-wasserstein.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {agreeOnAutoencoder} from '../autoencoder.js';
import {scoresTable, scoresType} from '../scores-table.js';
import {splitWith} from '../split-types.js';
import {floatsOf, tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'The split that is scored; training never sees it.'}),
    priorDeviation: Type.Number({
      exclusiveMinimum: 0,
      default: 5,
      description: 'Standard deviation of the normal prior that the codes are compared with.',
    }),
    neighbours: Type.Integer({minimum: 1, maximum: 1000, default: 10, description: "Neighbours that vote on a code's class."}),
    projections: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 200,
      description: 'Random directions of the sliced Wasserstein distance.',
    }),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'evaluate/autoencoder',
  summary: 'How well an autoencoder reconstructs, how near its codes are to the prior, and how much of the class they hold.',
  example: `score:
  use: evaluate/autoencoder
  in: {data: scaled, encoder: aae.encoder, decoder: aae.decoder, codes: codes}`,
  params,
  inputs: {
    data: {kind: 'dataset', description: 'Splits with `images` (float32 in 0..1) and `labels`.'},
    encoder: {kind: 'model', description: 'Image → code.'},
    decoder: {kind: 'model', description: 'Code, with the one-hot class when it was trained so, → image.'},
    codes: {kind: 'embedding', description: 'Codes of the same splits; neighbours are looked for in `train`.'},
  },
  usesTensors: true,
  drawsRandom: true,
  metrics: [
    'reconstructionBCE',
    'reconstructionMSE',
    'codeMeanDistance',
    'codeCovarianceDistance',
    'slicedWasserstein',
    'nearestNeighbourAccuracy',
  ],
  prepare: (given, {data, encoder, decoder, codes}, report) => {
    const path = ['with', 'split'];
    for (const name of ['train', given.split]) {
      splitWith(data, name, [], report, {path, of: 'the data'});
      splitWith(codes, name, [], report, {path, of: 'the codes'});
    }
    const made = codes.splits[given.split]?.['codes'];
    agreeOnAutoencoder({split: data.splits[given.split], encoder, decoder, codes: made}, report);
    return given;
  },
  outputs: () => ({scores: scoresType}),
  run: async ({prepared: given, inputs, context: {seed, report}}) => {
    const images = tensorOf(await inputs.data.split(given.split), 'images');
    const trained = labelledCodes(await inputs.codes.split('train'));
    const tested = labelledCodes(await inputs.codes.split(given.split));
    const {codes, labels} = tested;

    const reconstructed = withNetwork('decoder', inputs.decoder, (decoder) => decode(decoder, codes, labels));
    const errors = reconstructionErrors(images, reconstructed);
    report.progress(1, 3, 'measure');

    const prior = samplePrior(codes.shape, given.priorDeviation, seed);
    const moments = momentsDistance(codes, given.priorDeviation);
    const distance = slicedWasserstein(codes, prior, {projections: given.projections, seed});
    report.progress(2, 3, 'measure');

    const scores = {
      ...errors,
      codeMeanDistance: moments.mean,
      codeCovarianceDistance: moments.covariance,
      slicedWasserstein: distance,
      nearestNeighbourAccuracy: await nearestNeighbourAccuracy(trained, tested, given.neighbours),
    };
    report.progress(3, 3, 'measure');
    report.metrics(0, scores);
    return {scores: scoresTable(scores)};
  },
});

const labelledCodes = (split: Split) => ({codes: floatsOf(split, 'codes'), labels: tensorOf(split, 'labels')});

/** Binary cross-entropy (nats a pixel, probabilities held 1e-7 away from 0 and 1 as Keras does) and mean squared error. */
function reconstructionErrors(
  images: HostTensor,
  reconstructed: HostTensor,
): {reconstructionBCE: number; reconstructionMSE: number} {
  const epsilon = 1e-7;
  let entropy = 0;
  let squares = 0;
  for (const [index, target] of images.data.entries()) {
    const value = reconstructed.data[index] ?? 0;
    const probability = Math.min(Math.max(value, epsilon), 1 - epsilon);
    entropy -= target * Math.log(probability) + (1 - target) * Math.log(1 - probability);
    squares += (target - value) ** 2;
  }
  const count = images.data.length;
  return {reconstructionBCE: entropy / count, reconstructionMSE: squares / count};
}

/** As many draws from the prior as there are codes, float32 of the same shape. */
function samplePrior(shape: readonly number[], deviation: number, seed: number): HostTensor<'float32'> {
  const values = tf.tidy(
    () => new RandomStream(seed, tf.scalar(0, 'int32')).normal([...shape], 0, deviation).dataSync() as Float32Array,
  );
  return hostTensor('float32', shape, new Float32Array(values));
}
