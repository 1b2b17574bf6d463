import {Type} from '@sinclair/typebox';
import {type HostTensor, hostTensor} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import type {Architecture} from '../../networks/architecture.js';
import {decode} from '../../networks/evaluate.js';
import {Network} from '../../networks/network.js';
import {momentsDistance} from '../../numerics/metrics/moments-distance.js';
import {nearestNeighbourAccuracy} from '../../numerics/metrics/nearest-neighbour.js';
import {slicedWasserstein} from '../../numerics/metrics/sliced-wasserstein.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {agreeOnRange, checkDecoderInput, unifyDimensions} from '../agree.js';

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

export const node = defineNodeOld({
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
  metrics: [
    'reconstructionBCE',
    'reconstructionMSE',
    'codeMeanDistance',
    'codeCovarianceDistance',
    'slicedWasserstein',
    'nearestNeighbourAccuracy',
  ],
  outputs: ({params: {split}, inputs: {data, encoder, decoder, codes}, report}) => {
    for (const name of ['train', split])
      if (!codes.splits[name] || !data.splits[name])
        report({
          path: ['with', 'split'],
          message: `Expected the data to have a split \`${name}\`, got ${Object.keys(data.splits).join(', ')}`,
        });
    const {images, labels} = data.splits[split] ?? {};
    const pixels = {path: ['in', 'data'], what: '`images`', tensor: images, names: ['examples', '...shape']};
    const taken = {
      path: ['in', 'encoder'],
      what: 'what `encoder` takes',
      tensor: encoder.inputs['input'],
      names: ['batch', '...shape'],
    };
    const given = {path: ['in', 'decoder'], what: 'what `decoder` gives', tensor: decoder.output, names: ['batch', '...shape']};
    const code = {path: ['in', 'codes'], what: '`codes`', tensor: codes.splits[split]?.['codes'], names: ['examples', 'code']};
    const encoded = {path: ['in', 'encoder'], what: 'what `encoder` gives', tensor: encoder.output, names: ['batch', 'code']};
    unifyDimensions([pixels, taken, given, code, encoded], report);
    agreeOnRange(pixels, given, report);
    checkDecoderInput({...given, what: '`decoder`', tensor: decoder.inputs['input']}, code, labels, report);
    return {scores: {kind: 'table', columns: ['metric', 'value']}};
  },
  run: async ({params: given, inputs, inputTypes, seed, report}) => {
    const data = await inputs.data.split(given.split);
    const trained = await inputs.codes.split('train');
    const tested = await inputs.codes.split(given.split);
    const [images, codes, labels] = [data['images'], tested['codes'], tested['labels']] as [
      HostTensor,
      HostTensor<'float32'>,
      HostTensor,
    ];
    const dimensions = codes.shape[1] ?? 0;
    const told = (inputTypes.decoder.inputs['input']?.shape[1] as number) - dimensions;

    const decoder = Network.restore('decoder', inputs.decoder.architecture as Architecture, inputs.decoder.weights);
    const reconstructed = decode(decoder, codes, told > 0 ? labels : undefined, told);
    decoder.dispose();
    const scores: Record<string, number> = {...reconstructionErrors(images, reconstructed)};
    report.progress(1, 3, 'measure');

    const prior = samplePrior(codes.shape, given.priorDeviation, seed);
    const moments = momentsDistance(codes, given.priorDeviation);
    scores['codeMeanDistance'] = moments.mean;
    scores['codeCovarianceDistance'] = moments.covariance;
    scores['slicedWasserstein'] = slicedWasserstein(codes, prior, {projections: given.projections, seed});
    report.progress(2, 3, 'measure');

    scores['nearestNeighbourAccuracy'] = await nearestNeighbourAccuracy(
      {codes: trained['codes'] as HostTensor<'float32'>, labels: trained['labels'] as HostTensor},
      {codes, labels},
      given.neighbours,
    );
    report.progress(3, 3, 'measure');
    report.metrics(0, scores);
    return {scores: {kind: 'table', columns: {metric: Object.keys(scores), value: Object.values(scores)}}};
  },
});

/** Binary cross-entropy (nats a pixel, probabilities held 1e-7 away from 0 and 1 as Keras does) and mean squared error. */
function reconstructionErrors(
  images: HostTensor,
  reconstructed: HostTensor,
): {reconstructionBCE: number; reconstructionMSE: number} {
  const epsilon = 1e-7;
  let entropy = 0;
  let squares = 0;
  for (const [index, target] of (images.data as Float32Array).entries()) {
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
