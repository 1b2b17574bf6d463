import {type Static, Type} from '@sinclair/typebox';
import {AdversarialLosses} from '../../models/adversarial-losses.js';
import {type Architecture, layerListSchema, layOut} from '../../models/architecture.js';
import {type LayerSpec, showShape} from '../../models/layer.js';
import {Network} from '../../models/network.js';
import {historyColumns, trainEpochs} from '../../models/training-loop.js';
import {
  adam,
  batchSizeParam,
  checkPrecision,
  compileParam,
  lacksForTraining,
  optimizerSchema,
  precisionParam,
} from '../../models/training-params.js';
import {type HostTensor, type PackedTensor, sizeOf} from '../../tensor/host-tensor.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {createTrainingStep} from '../../tensor/training-step.js';
import {defineNode, type TypeIssue} from '../define-node.js';
import {packedSplit} from '../map-dataset.js';
import {modelType} from '../model-type.js';
import type {DatasetType, TensorType} from '../ports.js';

const rates = (reconstruction: number, adversarial: number) => ({
  encoder: optimizerSchema('Of the encoder, on the reconstruction loss.', adam(reconstruction)),
  decoder: optimizerSchema('Of the decoder, on the reconstruction loss.', adam(reconstruction)),
  discriminator: optimizerSchema('Of the discriminator.', adam(reconstruction)),
  generator: optimizerSchema('Of the encoder again, when it is pulled towards the prior.', adam(adversarial)),
});

const params = Type.Object(
  {
    labels: Type.Union([Type.Literal('none'), Type.Literal('decoder')], {
      default: 'none',
      description: 'Who is told the class: nobody, or the decoder, which then needs only the style from the code.',
    }),
    encoder: layerListSchema('Image → code. The code has no activation.'),
    decoder: layerListSchema('Code, and the one-hot class when `labels: decoder`, → image. Ends in `sigmoid`.'),
    discriminator: layerListSchema('Code → probability that it came from the prior. Ends in `{dense: 1}, sigmoid`.'),
    priorDeviation: Type.Number({
      exclusiveMinimum: 0,
      default: 5,
      description: 'The prior is normal with mean 0 and this standard deviation in every dimension.',
    }),
    epochs: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 100,
      description: 'Passes over the training split.',
      'x-extends': true,
    }),
    batchSize: batchSizeParam(1024, 'Examples a step.'),
    optimizers: Type.Object(rates(1e-3, 1e-4), {additionalProperties: false, default: {}, description: 'How each part learns.'}),
    validateEvery: Type.Integer({minimum: 1, default: 5, description: 'Epochs between two looks at the validation split.'}),
    precision: precisionParam,
    compile: compileParam,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

/** Shapes of the three networks for a data set: what they take, and whether they fit together. */
function architectures(
  given: Params,
  data: DatasetType,
): {encoder: Architecture; decoder: Architecture; discriminator: Architecture} | TypeIssue[] {
  const issues: TypeIssue[] = [];
  const train = data.splits['train'];
  const images = train?.['images'];
  const labels = train?.['labels'];
  if (!images)
    return [{path: ['in', 'data'], message: 'Expected the data set to have a split `train` with a tensor `images`, got none'}];
  const image = images.shape.slice(1) as number[];
  if (!images.range || images.range[0] < 0 || images.range[1] > 1) {
    const got = images.range ? `${images.range[0]} to ${images.range[1]}` : 'an unknown range';
    issues.push({
      path: ['in', 'data'],
      message: `Expected pixels in 0..1, which cross-entropy needs, got ${got}`,
      hint: 'Put `normalise/scale` with `to: [0, 1]` before this stage.',
    });
  }
  const examples = images.shape[0];
  if (typeof examples === 'number' && given.batchSize > examples)
    issues.push({
      path: ['with', 'batchSize'],
      message: `Expected \`batchSize\` to be at most the ${examples} training examples, got ${given.batchSize}`,
    });
  const classes = given.labels === 'none' ? 0 : countClasses(labels);
  if (classes === undefined)
    return [
      ...issues,
      {path: ['in', 'data'], message: 'Expected `labels` with a known range, which telling the class needs, got none'},
    ];

  // what the other networks are given follows from the encoder's end, which may be what is wrong
  const end = {path: ['with', 'encoder', given.encoder.length - 1], message: 'the code comes from here'};
  const follow = (network: 'encoder' | 'decoder' | 'discriminator', input: readonly number[]): readonly number[] | undefined => {
    const laid = layOut({input, layers: given[network]});
    if ('layout' in laid) return laid.layout.output;
    const {index, problem, hint} = laid.problem;
    issues.push({
      path: ['with', network, index],
      message: problem,
      ...(hint && {hint}),
      ...(network !== 'encoder' && {related: [end]}),
    });
    return undefined;
  };
  const expectOutput = (
    network: 'decoder' | 'discriminator',
    output: readonly number[] | undefined,
    wanted: readonly number[],
  ): void => {
    const last = given[network].length - 1;
    if (output && showShape(output) !== showShape(wanted))
      issues.push({
        path: ['with', network, last],
        message: `Expected the ${network} to end in shape ${showShape(wanted)}, got ${showShape(output)}`,
      });
    if (given[network][last] !== 'sigmoid')
      issues.push({
        path: ['with', network, last],
        message: `Expected the ${network} to end in \`sigmoid\`, got \`${showLayer(given[network][last])}\``,
      });
  };
  const code = follow('encoder', image);
  if (code && code.length !== 1)
    issues.push({
      path: ['with', 'encoder', given.encoder.length - 1],
      message: `Expected the code to be a vector, got shape ${showShape(code)}`,
      hint: 'End the encoder in `{dense: 10}`.',
    });
  if (!code || issues.length > 0) return issues;
  const decoderInput = [sizeOf(code) + classes];
  expectOutput('decoder', follow('decoder', decoderInput), image);
  expectOutput('discriminator', follow('discriminator', code), [1]);
  if (issues.length > 0) return issues;
  return {
    encoder: {input: image, layers: given.encoder},
    decoder: {input: decoderInput, layers: given.decoder},
    discriminator: {input: code, layers: given.discriminator},
  };
}

const countClasses = (labels: TensorType | undefined): number | undefined => (labels?.range ? labels.range[1] + 1 : undefined);

const showLayer = (layer: LayerSpec | undefined): string => (typeof layer === 'string' ? layer : JSON.stringify(layer));

const lossNames = ['reconstructionLoss', 'discriminatorLoss', 'generatorLoss'] as const;

export const node = defineNode({
  type: 'train/adversarial-autoencoder',
  summary: 'An autoencoder whose codes are pulled towards a normal distribution by a discriminator.',
  source: 'Makhzani, Shlens, Jaitly, Goodfellow, Frey: Adversarial Autoencoders, 2015, arXiv:1511.05644',
  example: `aae:
  use: train/adversarial-autoencoder
  in: scaled
  with:
    labels: decoder
    encoder: [flatten, {dense: 392}, {dropout: 0.2}, relu, {dense: 10}]
    decoder: [{dense: 392}, {dropout: 0.2}, relu, {dense: 784}, {reshape: [28, 28, 1]}, sigmoid]
    discriminator: [{dense: 1500}, {dropout: 0.2}, relu, {dense: 1}, sigmoid]
    epochs: 20`,
  params,
  inputs: {data: {kind: 'dataset', description: 'Splits `train` and `validation` with `images` (float32 in 0..1) and `labels`.'}},
  usesTensors: true,
  metrics: lossNames.flatMap((name) => [name, `validation/${name}`]),
  lacks: (given, backend) => lacksForTraining(given, ['encoder', 'decoder', 'discriminator'], backend),
  outputs: ({params: given, inputs, report}) => {
    const found = architectures(given, inputs.data);
    checkPrecision(given).forEach(report);
    if (Array.isArray(found)) {
      found.forEach(report);
      return {};
    }
    return {
      encoder: modelType(found.encoder, inputs.data.splits['train']?.['images']?.range),
      decoder: modelType(found.decoder),
      discriminator: modelType(found.discriminator),
      history: {kind: 'table', columns: ['epoch', ...lossNames]},
    };
  },
  run: async (context) => {
    const {params: given, inputs, inputTypes, seed} = context;
    const found = architectures(given, inputTypes.data);
    if (Array.isArray(found)) throw new Error(found[0]?.message);
    const train = await packedSplit(inputs.data, 'train');
    const validation = inputs.data.splitNames.includes('validation') ? await packedSplit(inputs.data, 'validation') : undefined;
    const images = train['images'] as PackedTensor;
    const initialisation = tf.scalar(-1, 'int32');
    const random = new RandomStream(seed, initialisation);
    const networks = {
      encoder: Network.initialise('encoder', found.encoder, random),
      decoder: Network.initialise('decoder', found.decoder, random),
      discriminator: Network.initialise('discriminator', found.discriminator, random),
    };
    initialisation.dispose();
    const {encoder, decoder, discriminator} = networks;
    const losses = new AdversarialLosses(networks, given.priorDeviation);
    const step = createTrainingStep({
      data: given.labels === 'none' ? {images} : {images, labels: train['labels'] as HostTensor},
      batchSize: given.batchSize,
      seed,
      precision: given.precision,
      compile: given.compile,
      phases: (batch, stream) => losses.phases(batch, stream, given.optimizers),
    });
    const evaluate = (): Record<string, number> => (validation ? losses.measure(validation, given.batchSize, seed) : {});
    try {
      const history = await trainEpochs(
        {
          step,
          examples: images.shape[0] ?? 0,
          batchSize: given.batchSize,
          epochs: given.epochs,
          validateEvery: given.validateEvery,
          evaluate,
        },
        context,
      );
      const value = (network: Network) =>
        ({kind: 'model', architecture: network.architecture, weights: network.weights()}) as const;
      return {
        encoder: value(encoder),
        decoder: value(decoder),
        discriminator: value(discriminator),
        history: {kind: 'table', columns: historyColumns(history)},
      };
    } finally {
      step.dispose();
      for (const network of [encoder, decoder, discriminator]) network.dispose();
    }
  },
});
