import {type Static, Type} from '@sinclair/typebox';
import {historyColumns} from '../../core/epoch-history.js';
import {type PackedTensor, repeatRows, sizeOf} from '../../core/host-tensor.js';
import {defineNodeOld, type TypeIssue} from '../../core/node.js';
import type {DatasetType, LayerSpec, PackedSplit, TensorType} from '../../core/ports.js';
import {packedSplit} from '../../core/splits.js';
import {type Architecture, layerListSchema} from '../../networks/architecture.js';
import {showShape} from '../../networks/layer.js';
import {Network} from '../../networks/network.js';
import {narrowed, narrowedLayers} from '../../networks/trained.js';
import {optimizerSchema} from '../../optimizers/index.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {trainEpochs, withoutContinuation} from '../../training/loop.js';
import {AdversarialLosses, type AdversarialNetworks, regularisedBy} from '../../training/objectives/adversarial.js';
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
import {agreeOnRange, unifyDimensions} from '../agree.js';
import {checkImages, LayerChecks} from '../layer-checks.js';
import {modelType} from '../model-type.js';

const rates = (reconstruction: number, adversarial: number) => ({
  encoder: optimizerSchema('Of the encoder, on the reconstruction loss.', {adam: {rate: reconstruction}}),
  decoder: optimizerSchema('Of the decoder, on the reconstruction loss.', {adam: {rate: reconstruction}}),
  discriminator: optimizerSchema('Of the discriminators.', {adam: {rate: reconstruction}}),
  generator: optimizerSchema('Of the encoder again, when it is pulled towards the priors.', {adam: {rate: adversarial}}),
  categories: optimizerSchema(
    'And again, when its categories learn the classes of `labelled`, and what `categories` wants of them.',
    {adam: {rate: reconstruction}},
  ),
});

const weight = (what: string) => Type.Number({minimum: 0, maximum: 1000, default: 0, description: `Weight of ${what}.`});

const most = (maximum: number, usual: number, unit: string) =>
  Type.Number({minimum: 0, maximum, default: usual, description: `At most, ${unit}.`});

const params = Type.Object(
  {
    labels: Type.Union([Type.Literal('none'), Type.Literal('decoder')], {
      default: 'none',
      description: 'Who is told the class: nobody, or the decoder, which then needs only the style from the code.',
    }),
    encoder: layerListSchema(
      'Image → code. A style has no activation; where it ends in `{softmaxLast: 10}`, the last 10 values are categories.',
    ),
    decoder: layerListSchema('Code, and the one-hot class when `labels: decoder`, → image. Ends in `sigmoid`.'),
    discriminator: layerListSchema('Style → probability that it came from the prior. Ends in `{dense: 1}, sigmoid`.'),
    categoryDiscriminator: Type.Optional(
      layerListSchema('Categories → probability that they came from the prior, a single one. Ends in `{dense: 1}, sigmoid`.'),
    ),
    priorDeviation: Type.Number({
      exclusiveMinimum: 0,
      default: 5,
      description: 'The prior is normal with mean 0 and this standard deviation in every dimension.',
    }),
    categories: Type.Optional(
      Type.Object(
        {
          balance: weight('that their mean over a batch be each as probable, so that none is given up'),
          certainty: weight('that of an image one be probable'),
          smoothness: weight(
            'that they change little within `radius` of an image, at worst (virtual adversarial training), without dropout and noise; beside `gaussianNoise` the encoder can evade it',
          ),
          invariance: weight(
            'that they change little when an image is distorted, at random (self-augmented training), without dropout and noise',
          ),
          radius: Type.Number({
            exclusiveMinimum: 0,
            default: 1,
            description: 'Of smoothness: Euclidean, in units of the pixels.',
          }),
          warmUp: Type.Integer({minimum: 0, default: 0, description: 'Epochs in which the radius rises evenly from 0.'}),
          distortion: Type.Object(
            {
              rotation: most(90, 10, 'degrees'),
              slant: most(1, 0.3, 'pixels to the side for each upwards'),
              scale: most(0.5, 0.1, 'share of the width and of the height, drawn apart'),
              shift: most(16, 1, 'pixels to the side and upwards, drawn apart'),
            },
            {
              additionalProperties: false,
              default: {},
              description: 'Of invariance: how far, drawn evenly each way for each image of a batch.',
            },
          ),
        },
        {additionalProperties: false, description: 'What is wanted of categories beside their prior, without a label.'},
      ),
    ),
    epochs: epochsParam(100),
    batchSize: batchSizeParam(1024, 'Examples a step; of `labelled`, so many or all.'),
    optimizers: Type.Object(rates(1e-3, 1e-4), {additionalProperties: false, default: {}, description: 'How each part learns.'}),
    schedule: Type.Optional(scheduleParam),
    validateEvery: validateEveryParam(5),
    precision: precisionParam,
    compile: compileParam,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

interface Found {
  readonly architectures: Readonly<Record<'encoder' | 'decoder' | 'discriminator', Architecture>> & {
    readonly categoryDiscriminator?: Architecture;
  };
  /** Dimensions of the style, and number of categories: 0 where the encoder does not end in `softmaxLast`. */
  readonly style: number;
  readonly categories: number;
}

/** Shapes of the networks for a data set: what they take, and whether they fit together. */
function findNetworks(given: Params, data: DatasetType, labelled: DatasetType | undefined): Found | readonly TypeIssue[] {
  const images = checkImages(data, given.batchSize);
  if ('message' in images) return [images];
  const {image} = images;
  const checks = new LayerChecks(given);
  checks.issues.push(...images.issues);
  const labels = data.splits['train']?.['labels'];
  const classes = given.labels === 'none' ? 0 : countClasses(labels);
  if (classes === undefined)
    return [
      ...checks.issues,
      {path: ['in', 'data'], message: 'Expected `labels` with a known range, which telling the class needs, got none'},
    ];

  // what the other networks are given follows from the encoder's end, which may be what is wrong
  const code = checks.follow('encoder', image);
  if (code && code.length !== 1)
    checks.report(
      'encoder',
      `Expected the code to be a vector, got shape ${showShape(code)}`,
      'End the encoder in `{dense: 10}`.',
    );
  if (!code || checks.issues.length > 0) return checks.issues;
  const categories = categoriesIn(given.encoder);
  const [size, style] = [sizeOf(code), sizeOf(code) - categories];
  const decoderInput = [size + classes];
  checks.expectProbabilities('decoder', checks.follow('decoder', decoderInput, 'encoder'), image);
  checks.expectProbabilities('discriminator', checks.follow('discriminator', [style], 'encoder'), [1]);
  if (given.categoryDiscriminator && categories > 0)
    checks.expectProbabilities('categoryDiscriminator', checks.follow('categoryDiscriminator', [categories], 'encoder'), [1]);
  checkCategories(given, image, categories, checks);
  if (labelled) checkLabelled(data, labelled, categories, checks);
  if (checks.issues.length > 0) return checks.issues;
  return {
    architectures: {
      encoder: {input: image, layers: given.encoder},
      decoder: {input: decoderInput, layers: given.decoder},
      discriminator: {input: [style], layers: given.discriminator},
      ...(given.categoryDiscriminator && {categoryDiscriminator: {input: [categories], layers: given.categoryDiscriminator}}),
    },
    style,
    categories,
  };
}

/** Categories have a discriminator, and only they; class and style come out of one dense layer, which is taken apart. */
function checkCategories(given: Params, image: readonly number[], categories: number, checks: LayerChecks): void {
  const {encoder, categoryDiscriminator} = given;
  if (categories > 0 !== (categoryDiscriminator !== undefined))
    checks.report(
      'encoder',
      `Expected \`categoryDiscriminator\` where the encoder ends in \`softmaxLast\`, and only there, got ${categories > 0 ? 'none' : 'one without categories'}`,
    );
  if (categories > 0 && !narrowedLayers(encoder, 1))
    checks.report('encoder', 'Expected `dense` before `softmaxLast`, which the classifier is made of, got another layer');
  if (given.categories && given.categories.invariance > 0 && image.length !== 3)
    checks.report(
      'categories',
      `Expected images of height, width and channels, which \`invariance\` distorts, got shape ${showShape(image)}`,
    );
  if (categories === 0 && regularisationNames(given).length > 0)
    checks.report('encoder', 'Expected the encoder to end in `softmaxLast`, since `categories` says what is wanted of them');
}

/** The labelled examples are images of the same kind, with as many classes as there are categories. */
function checkLabelled(data: DatasetType, labelled: DatasetType, categories: number, checks: LayerChecks): void {
  const report = (issue: TypeIssue): void => void checks.issues.push(issue);
  const path = ['in', 'labelled'];
  const {images, labels} = labelled.splits['train'] ?? {};
  if (!images || !labels)
    return report({path, message: 'Expected the labelled examples to have a split `train` with `images` and `labels`, got none'});
  const classes = countClasses(labels);
  if (classes !== categories)
    report({
      path,
      message: `Expected as many classes as the encoder gives categories, ${categories}, got ${classes ?? 'an unknown number'}`,
      hint: 'End the encoder in `{softmaxLast: 10}`.',
    });
  const unlabelled = data.splits['train']?.['images'];
  const all = {path: ['in', 'data'], what: '`images`', tensor: unlabelled, names: ['examples', '...shape']};
  const few = {path, what: 'the labelled `images`', tensor: images, names: ['labelled', '...shape']};
  unifyDimensions([all, few], report);
  agreeOnRange(all, few, report);
}

const categoriesIn = (encoder: readonly LayerSpec[]): number => {
  const last = encoder.at(-1);
  if (typeof last !== 'object') return 0;
  const count = last['softmaxLast'] as number | {count: number} | undefined;
  return typeof count === 'object' ? count.count : (count ?? 0);
};

const countClasses = (labels: TensorType | undefined): number | undefined => (labels?.range ? labels.range[1] + 1 : undefined);

const lossNames = ['reconstructionLoss', 'discriminatorLoss', 'generatorLoss'] as const;
const categoryLossNames = ['categoryDiscriminatorLoss', 'categoryGeneratorLoss'] as const;
const supervisedNames = ['supervisedLoss', 'accuracy'] as const;
/** Figures of what is wanted of categories without a label; none where nothing is. */
function regularisationNames({categories}: Params): string[] {
  const parts = regularisedBy(categories).map(([name]) => name);
  return parts.length > 0 ? ['categoryLoss', ...parts] : [];
}

export const node = defineNodeOld({
  type: 'train/adversarial-autoencoder',
  summary:
    'An autoencoder whose codes are pulled towards a prior by a discriminator: styles towards a normal distribution, categories towards single ones.',
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
  inputs: {
    data: {kind: 'dataset', description: 'Splits `train` and `validation` with `images` (float32 in 0..1) and `labels`.'},
    labelled: {
      kind: 'dataset',
      description: 'A few examples of a split `train` with `labels`, from which the categories learn their classes.',
      optional: true,
    },
  },
  usesTensors: true,
  metrics: [
    ...[...lossNames, ...categoryLossNames, ...supervisedNames].flatMap((name) => [name, `validation/${name}`]),
    'categoryLoss',
    'imbalance',
    'uncertainty',
    'smoothnessLoss',
    'invarianceLoss',
  ],
  lacks: (given, backend) => lacksForTraining(given, ['encoder', 'decoder', 'discriminator', 'categoryDiscriminator'], backend),
  outputs: ({params: given, inputs, report}) => {
    const found = findNetworks(given, inputs.data, inputs.labelled);
    checkPrecision(given).forEach(report);
    if (!('architectures' in found)) {
      found.forEach(report);
      return {};
    }
    const {architectures: of, style, categories} = found;
    const range = inputs.data.splits['train']?.['images']?.range;
    const part = (units: number) =>
      modelType({input: of.encoder.input, layers: narrowedLayers(of.encoder.layers, units) ?? []}, range);
    return {
      encoder: modelType(of.encoder, range),
      ...(categories > 0 && {style: part(style), classifier: part(categories)}),
      decoder: modelType(of.decoder),
      discriminator: modelType(of.discriminator),
      ...(of.categoryDiscriminator && {categoryDiscriminator: modelType(of.categoryDiscriminator)}),
      history: {
        kind: 'table',
        columns: [
          'epoch',
          ...lossNames,
          ...(categories > 0 ? categoryLossNames : []),
          ...(inputs.labelled ? supervisedNames : []),
          ...regularisationNames(given),
        ],
      },
    };
  },
  run: async (context) => {
    const {params: given, inputs, inputTypes, seed} = context;
    const found = findNetworks(given, inputTypes.data, inputTypes.labelled);
    if (!('architectures' in found)) throw new Error(found[0]?.message);
    const {architectures, style, categories} = found;
    const train = await packedSplit(inputs.data, 'train');
    const validation = inputs.data.splitNames.includes('validation') ? await packedSplit(inputs.data, 'validation') : undefined;
    const labelled = inputs.labelled && (await packedSplit(inputs.labelled, 'train'));
    const images = train['images'] as PackedTensor;
    const examples = images.shape[0] ?? 0;
    const initialisation = tf.scalar(-1, 'int32');
    const random = new RandomStream(seed, initialisation);
    const networks: AdversarialNetworks = {
      encoder: Network.initialise('encoder', architectures.encoder, random),
      decoder: Network.initialise('decoder', architectures.decoder, random),
      discriminator: Network.initialise('discriminator', architectures.discriminator, random),
      categoryDiscriminator:
        architectures.categoryDiscriminator &&
        Network.initialise('categoryDiscriminator', architectures.categoryDiscriminator, random),
    };
    initialisation.dispose();
    const stepsPerEpoch = Math.floor(examples / given.batchSize);
    const {priorDeviation, categories: wanted} = given;
    const losses = new AdversarialLosses(networks, {
      priorDeviation,
      categories: wanted && {...wanted, warmUpSteps: wanted.warmUp * stepsPerEpoch},
    });
    const labelledCount = labelled?.['labels']?.shape[0] ?? 0;
    const step = createTrainingStep({
      data: {
        images,
        ...(given.labels !== 'none' && {labels: train['labels'] as PackedTensor}),
        ...(labelled && repeated(labelled, examples)),
      },
      batchSize: given.batchSize,
      seed,
      precision: given.precision,
      compile: given.compile,
      ...(given.schedule && {
        rateFactor: rateFactor(given.schedule, stepsPerEpoch, given.epochs),
      }),
      phases: (batch, stream) => losses.phases(batch, stream, given.optimizers, labelledCount),
    });
    const evaluate = (): Record<string, number> =>
      validation ? losses.measure(validation, given.batchSize, seed, labelled !== undefined) : {};
    const {batchSize, epochs, validateEvery} = given;
    try {
      const history = await trainEpochs(
        {step, examples, batchSize, epochs, validateEvery, evaluate},
        withoutContinuation(given.schedule, context),
      );
      const trained = (network: Network) => ({architecture: network.architecture, weights: network.weights()});
      const part = (start: number, end: number) => ({kind: 'model', ...narrowed(trained(networks.encoder), start, end)}) as const;
      const value = (network: Network) => ({kind: 'model', ...trained(network)}) as const;
      return {
        encoder: value(networks.encoder),
        ...(categories > 0 && {style: part(0, style), classifier: part(style, style + categories)}),
        decoder: value(networks.decoder),
        discriminator: value(networks.discriminator),
        ...(networks.categoryDiscriminator && {categoryDiscriminator: value(networks.categoryDiscriminator)}),
        history: {kind: 'table', columns: historyColumns(history)},
      };
    } finally {
      step.dispose();
      for (const network of Object.values(networks)) network?.dispose();
    }
  },
});

/** The labelled examples over and over, since all that a step gathers its batch from has as many rows; a batch draws among them evenly. */
function repeated({images, labels}: PackedSplit, count: number): Record<string, PackedTensor> {
  return {labelledImages: repeatRows(images as PackedTensor, count), labelledLabels: repeatRows(labels as PackedTensor, count)};
}
