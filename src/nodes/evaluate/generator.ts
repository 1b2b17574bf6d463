import {Type} from '@sinclair/typebox';
import type {HostTensor, PackedTensor} from '../../core/host-tensor.js';
import {defineNodeOld} from '../../core/node.js';
import type {ModelValue} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {type Architecture, layOut} from '../../networks/architecture.js';
import {applyInBatches, Network} from '../../networks/network.js';
import {frechetDistance} from '../../numerics/metrics/frechet.js';
import {precisionAndRecall} from '../../numerics/metrics/manifold.js';
import {tf} from '../../tensor/tensorflow.js';
import {agreeOnRange, unifyDimensions} from '../agree.js';

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

export const node = defineNodeOld({
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
  outputs: ({params: {split}, inputs: {generated, data, classifier}, report}) => {
    if (!data.splits[split]?.['images'])
      report({
        path: ['with', 'split'],
        message: `Expected the data to have a split \`${split}\` with \`images\`, got ${Object.keys(data.splits).join(', ')}`,
      });
    if (!generated.splits['generated']?.['images'])
      report({
        path: ['in', 'generated'],
        message: 'Expected a split `generated` with `images`, as of `generate/images`, got none',
      });
    const named = (examples: string) => [examples, '...shape'];
    const real = {path: ['in', 'data'], what: '`images`', tensor: data.splits[split]?.['images'], names: named('examples')};
    const made = {
      path: ['in', 'generated'],
      what: 'the generated images',
      tensor: generated.splits['generated']?.['images'],
      names: named('generated'),
    };
    const taken = {
      path: ['in', 'classifier'],
      what: 'what `classifier` takes',
      tensor: classifier.inputs['input'],
      names: ['batch', '...shape'],
    };
    unifyDimensions([real, made, taken], report);
    agreeOnRange(real, made, report);
    agreeOnRange(made, taken, report);
    return {scores: {kind: 'table', columns: ['metric', 'value']}};
  },
  run: async ({params: {split, neighbours}, inputs: {generated, data, classifier}, report}) => {
    const made = (await packedSplit(generated, 'generated'))['images'] as PackedTensor;
    const real = (await packedSplit(data, split))['images'] as PackedTensor;
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
    report.metrics(0, {...values, ...Object.fromEntries(shares.map((share, index) => [`share/${index}`, share]))});
    const rows = [...Object.entries(values), ...shares.map((share, index) => [`share of ${index}`, share] as const)];
    return {
      scores: {kind: 'table', columns: {metric: rows.map(([name]) => name), value: rows.map(([, value]) => value)}},
    };
  },
});

/** What a classifier's last hidden layer gives for images, float32 [n, features], and its probabilities, float32 [n, classes]. */
function classify(
  {architecture, weights}: ModelValue,
  images: PackedTensor,
): {readonly features: HostTensor<'float32'>; readonly probabilities: HostTensor<'float32'>} {
  const {input, layers} = architecture as Architecture;
  const laid = layOut({input, layers});
  if ('problem' in laid) throw new Error(laid.problem.problem);
  const head = laid.layout.layers.findLastIndex((layer) => layer.weights.length > 0);
  const body = Network.restore('features', {input, layers: layers.slice(0, head)}, weights);
  const whole = Network.restore('classifier', {input, layers}, weights);
  const endsInSoftmax = layers.at(-1) === 'softmax';
  const features = applyInBatches(
    (batch) => tf.reshape(body.apply(batch, {mode: 'evaluation'}), [batch.shape[0] ?? 0, -1]),
    images,
    1000,
  );
  const probabilities = applyInBatches(
    (batch) => {
      const output = whole.apply(batch, {mode: 'evaluation'});
      return endsInSoftmax ? output : tf.softmax(output);
    },
    images,
    1000,
  );
  body.dispose();
  whole.dispose();
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
