import {Type} from '@sinclair/typebox';
import type {HostTensor, PackedTensor} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import type {ModelValue} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {type Architecture, layoutOf} from '../../networks/architecture.js';
import {withNetwork} from '../../networks/evaluate.js';
import {applyInBatches, type Network} from '../../networks/network.js';
import {frechetDistance} from '../../numerics/metrics/frechet.js';
import {precisionAndRecall} from '../../numerics/metrics/manifold.js';
import {tf} from '../../tensor/tensorflow.js';
import {agreeOnRange, takenBy, tensorIn, unifyDimensions} from '../agree.js';
import {generatedImages} from '../generated.js';
import {scoresTable, scoresType} from '../scores-table.js';
import {splitWith} from '../split-types.js';
import {tensorOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'The real images that the generated ones are compared with.'}),
    neighbours: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 3,
      description: 'Reach of a manifold’s spheres, in neighbours.',
    }),
  },
  {additionalProperties: false},
);

const figures = ['frechetDistance', 'precision', 'recall', 'meanEntropy', 'meanConfidence', 'smallestShare'] as const;

export const node = defineNode({
  type: 'evaluate/generator',
  summary: 'How near generated images are to real ones, by what a classifier sees in them.',
  source:
    'Heusel et al. 2017, arXiv:1706.08500 (Fréchet distance); Kynkäänniemi et al. 2019, arXiv:1904.06991 (precision, recall)',
  example: `quality:
  use: evaluate/generator
  in: {generated: generated, data: scaled, classifier: classifier.model}`,
  params,
  inputs: {
    generated: {kind: 'dataset', description: 'A split `generated` with `images`.'},
    data: {kind: 'dataset', description: 'Splits of real `images` in the same range.'},
    classifier: {kind: 'model', description: 'Image → classes; its last hidden layer gives the features.'},
  },
  usesTensors: true,
  metrics: figures,
  prepare: (given, {generated, data, classifier}, report) => {
    splitWith(data, given.split, ['images'], report, {path: ['with', 'split'], of: 'the data'});
    const made = generatedImages(generated, ['...shape'], report);
    const real = tensorIn('data', 'images', data.splits[given.split], ['examples', '...shape']);
    const taken = takenBy('classifier', classifier, '...shape');
    unifyDimensions([real, made, taken], report);
    agreeOnRange(real, made, report);
    agreeOnRange(made, taken, report);
    return given;
  },
  outputs: () => ({scores: scoresType}),
  run: async ({prepared: {split, neighbours}, inputs: {generated, data, classifier}, context: {report}}) => {
    const made = tensorOf(await packedSplit(generated, 'generated'), 'images');
    const real = tensorOf(await packedSplit(data, split), 'images');
    const seen = {made: classify(classifier, made), real: classify(classifier, real)};
    report.progress(1, 3, 'measure');
    const distance = await frechetDistance(seen.made.features, seen.real.features);
    report.progress(2, 3, 'measure');
    const {precision, recall} = precisionAndRecall(seen.real.features, seen.made.features, neighbours);
    const {shares, meanEntropy, meanConfidence} = describe(seen.made.probabilities);
    const values: Record<(typeof figures)[number], number> = {
      frechetDistance: distance,
      precision,
      recall,
      meanEntropy,
      meanConfidence,
      smallestShare: Math.min(...shares),
    };
    const ofClasses = (prefix: string) => Object.fromEntries(shares.map((share, index) => [`${prefix}${index}`, share]));
    report.metrics(0, {...values, ...ofClasses('share/')});
    return {scores: scoresTable({...values, ...ofClasses('share of ')})};
  },
});

/** Outputs of a classifier's last hidden layer for images, float32 [n, features], and its probabilities, float32 [n, classes]. */
function classify(
  model: ModelValue,
  images: PackedTensor,
): {readonly features: HostTensor<'float32'>; readonly probabilities: HostTensor<'float32'>} {
  const probabilities = withNetwork('classifier', model, (network) => {
    const endsInSoftmax = network.architecture.layers.at(-1) === 'softmax';
    const apply = (batch: Parameters<Network['apply']>[0]) => {
      const output = network.apply(batch, {mode: 'evaluation'});
      return endsInSoftmax ? output : tf.softmax(output);
    };
    return applyInBatches(apply, images, 1000);
  });
  const {input, layers} = model.architecture as Architecture;
  const head = layoutOf({input, layers}).layers.findLastIndex((layer) => layer.weights.length > 0);
  const body: ModelValue = {...model, architecture: {input, layers: layers.slice(0, head)}};
  const features = withNetwork('features', body, (network) =>
    applyInBatches((batch) => tf.reshape(network.apply(batch, {mode: 'evaluation'}), [batch.shape[0] ?? 0, -1]), images, 1000),
  );
  return {features, probabilities};
}

/** Share of images that look most like each class; entropy (nats) and largest probability of an image, means. */
function describe({data, shape}: HostTensor<'float32'>): {
  readonly shares: readonly number[];
  readonly meanEntropy: number;
  readonly meanConfidence: number;
} {
  const [count = 0, classes = 0] = shape;
  const shares = new Array<number>(classes).fill(0);
  let [entropy, confidence] = [0, 0];
  for (let image = 0; image < count; image++) {
    const row = data.subarray(image * classes, (image + 1) * classes);
    let best = 0;
    for (const [index, probability] of row.entries()) {
      if (probability > (row[best] ?? 0)) best = index;
      if (probability > 0) entropy -= (probability * Math.log(probability)) / count;
    }
    shares[best] = (shares[best] ?? 0) + 1 / count;
    confidence += (row[best] ?? 0) / count;
  }
  return {shares, meanEntropy: entropy, meanConfidence: confidence};
}
