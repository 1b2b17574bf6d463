import {type Static, Type} from '@sinclair/typebox';
import {repeatRows} from '../../core/host-tensor.js';
import {defineNode, type Report} from '../../core/node.js';
import type {DatasetType, DatasetValue, PackedSplit, Shape, TensorType} from '../../core/ports.js';
import {layerListSchema} from '../../networks/architecture.js';
import {showShape} from '../../networks/layer.js';
import {narrowed, narrowedLayers} from '../../networks/trained.js';
import {optimizerSchema} from '../../optimizers/index.js';
import {initialise} from '../../training/initialise.js';
import {AdversarialObjective} from '../../training/objectives/adversarial.js';
import {categoriesOf, regularisedBy} from '../../training/objectives/category-losses.js';
import {checkPrecision, lacksForTraining, trainingParams} from '../../training/params.js';
import {stepsPerEpoch, train} from '../../training/train.js';
import {agreeOnRange, unifyDimensions} from '../agree.js';
import {LayerChecks} from '../layer-checks.js';
import {modelType} from '../model-type.js';
import {checkBatchSize, checkUnitRange, imagesType, tensorsOf, validationTensors} from '../training-data.js';

const {epochs, batchSize, ...training} = trainingParams({
  epochs: 100,
  batchSize: 1024,
  batch: {description: 'Examples a step; as many of `labelled`, or all of them.'},
  validateEvery: 5,
});

const rates = (reconstruction: number, adversarial: number) => ({
  encoder: optimizerSchema({description: 'For the encoder, on the reconstruction loss.'}, {adam: {rate: reconstruction}}),
  decoder: optimizerSchema({description: 'For the decoder, on the reconstruction loss.'}, {adam: {rate: reconstruction}}),
  discriminator: optimizerSchema({description: 'For the discriminators.'}, {adam: {rate: reconstruction}}),
  generator: optimizerSchema({description: 'For the encoder as it is pulled towards the priors.'}, {adam: {rate: adversarial}}),
  categories: optimizerSchema(
    {description: 'For the encoder as its categories learn the classes of `labelled`, and the goals of `categories`.'},
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
      description: '`decoder`: the decoder takes the class, too, and needs only the style from the code.',
    }),
    encoder: layerListSchema({
      description:
        'Image → code. A style has no activation; where it ends in `{softmaxLast: 10}`, the last 10 values are categories.',
    }),
    decoder: layerListSchema({description: 'Code, and the one-hot class when `labels: decoder`, → image. Ends in `sigmoid`.'}),
    discriminator: layerListSchema({
      description: 'Style → probability that it came from the prior. Ends in `{dense: 1}, sigmoid`.',
    }),
    categoryDiscriminator: Type.Optional(
      layerListSchema({
        description: 'Categories → probability that they came from the prior, a single one. Ends in `{dense: 1}, sigmoid`.',
      }),
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
            description: 'Radius of smoothness: Euclidean, in units of the pixels.',
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
              description: 'Largest distortion of invariance, drawn evenly each way for each image of a batch.',
            },
          ),
        },
        {additionalProperties: false, description: 'Goals of the categories beside their prior, without a label.'},
      ),
    ),
    epochs,
    batchSize,
    optimizers: Type.Object(rates(1e-3, 1e-4), {additionalProperties: false, default: {}, description: 'How each part learns.'}),
    ...training,
  },
  {additionalProperties: false},
);
type Params = Static<typeof params>;

/** Architectures of the networks for a data set. */
function prepare(params: Params, data: DatasetType, labelled: DatasetType | undefined, report: Report) {
  checkPrecision(params, report);
  const images = imagesType(data, report);
  if (!images) return undefined;
  checkUnitRange(images, report);
  checkBatchSize(params.batchSize, images, report);
  const classes = params.labels === 'none' ? 0 : countClasses(data.splits['train']?.['labels']);
  if (classes === undefined)
    report({path: ['in', 'data'], message: 'Expected `labels` with a known range, which telling the class needs, got none'});

  const image = images.shape.slice(1).map(Number);
  const {encoder, decoder, discriminator, categoryDiscriminator} = params;
  const checks = new LayerChecks({encoder, decoder, discriminator, categoryDiscriminator}, report);
  const code = checks.follow('encoder', image)?.output;
  if (code && code.length !== 1)
    checks.atEnd(
      'encoder',
      `Expected the code to be a vector, got shape ${showShape(code)}`,
      'End the encoder in `{dense: 10}`.',
    );
  // the inputs of the other networks follow from the encoder's end
  if (code?.length !== 1 || classes === undefined) return undefined;
  const [size = 0] = code;
  const categories = categoriesOf(encoder);
  const style = size - categories;
  checks.expectProbabilities('decoder', checks.follow('decoder', [size + classes], 'encoder'), image);
  checks.expectProbabilities('discriminator', checks.follow('discriminator', [style], 'encoder'), [1]);
  if (categoryDiscriminator && categories > 0)
    checks.expectProbabilities('categoryDiscriminator', checks.follow('categoryDiscriminator', [categories], 'encoder'), [1]);
  checkCategories(params, categories, checks);
  checkInvariance(params, image, report);
  if (labelled) checkLabelled(images, labelled, categories, report);
  const networks = {
    encoder: {input: image, layers: encoder},
    decoder: {input: [size + classes], layers: decoder},
    discriminator: {input: [style], layers: discriminator},
    ...(categoryDiscriminator && {categoryDiscriminator: {input: [categories], layers: categoryDiscriminator}}),
  };
  /** Dimensions of the style, and number of categories: 0 where the encoder does not end in `softmaxLast`. */
  const sizes = {style, categories};
  return {params, networks, sizes, range: images.range, supervised: labelled !== undefined};
}

/** Categories have a discriminator, and only they; class and style come out of one dense layer, which is taken apart. */
function checkCategories(given: Params, categories: number, checks: LayerChecks<'encoder'>): void {
  const {encoder, categoryDiscriminator} = given;
  if (categories > 0 !== (categoryDiscriminator !== undefined))
    checks.atEnd(
      'encoder',
      `Expected \`categoryDiscriminator\` where the encoder ends in \`softmaxLast\`, and only there, got ${categories > 0 ? 'none' : 'one without categories'}`,
    );
  if (categories > 0 && !narrowedLayers(encoder, 1))
    checks.atEnd('encoder', 'Expected `dense` before `softmaxLast`, which the classifier is made of, got another layer');
  if (categories === 0 && regularisationNames(given).length > 0)
    checks.atEnd('encoder', 'Expected the encoder to end in `softmaxLast`, since `categories` says what is wanted of them');
}

/** Only images can be distorted. */
function checkInvariance({categories}: Params, image: Shape, report: Report): void {
  if (categories && categories.invariance > 0 && image.length !== 3)
    report({
      path: ['with', 'categories', 'invariance'],
      message: `Expected images of height, width and channels, which \`invariance\` distorts, got shape ${showShape(image)}`,
    });
}

/** The labelled examples are images of the same kind, with as many classes as there are categories. */
function checkLabelled(unlabelled: TensorType, labelled: DatasetType, categories: number, report: Report): void {
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
  const all = {path: ['in', 'data'], what: '`images`', tensor: unlabelled, names: ['examples', '...shape']};
  const few = {path, what: 'the labelled `images`', tensor: images, names: ['labelled', '...shape']};
  unifyDimensions([all, few], report);
  agreeOnRange(all, few, report);
}

const countClasses = (labels: TensorType | undefined): number | undefined => (labels?.range ? labels.range[1] + 1 : undefined);

const lossNames = ['reconstructionLoss', 'discriminatorLoss', 'generatorLoss'] as const;
const categoryLossNames = ['categoryDiscriminatorLoss', 'categoryGeneratorLoss'] as const;
const supervisedNames = ['supervisedLoss', 'accuracy'] as const;
/** Names of the figures of `categories`; none without it. */
function regularisationNames({categories}: Params): string[] {
  const parts = regularisedBy(categories).map(([name]) => name);
  return parts.length > 0 ? ['categoryLoss', ...parts] : [];
}

export const node = defineNode({
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
  drawsRandom: true,
  metrics: [
    ...[...lossNames, ...categoryLossNames, ...supervisedNames].flatMap((name) => [name, `validation/${name}`]),
    'categoryLoss',
    'imbalance',
    'uncertainty',
    'smoothnessLoss',
    'invarianceLoss',
  ],
  lacks: (given, backend) => lacksForTraining(given, ['encoder', 'decoder', 'discriminator', 'categoryDiscriminator'], backend),
  prepare: (given, {data, labelled}, report) => prepare(given, data, labelled, report),
  outputs: ({params: given, networks, sizes: {style, categories}, range, supervised}) => {
    const {encoder, decoder, discriminator, categoryDiscriminator} = networks;
    const part = (units: number) => modelType({...encoder, layers: narrowedLayers(encoder.layers, units) ?? []}, range);
    const columns = [
      'epoch',
      ...lossNames,
      ...(categories > 0 ? categoryLossNames : []),
      ...(supervised ? supervisedNames : []),
      ...regularisationNames(given),
    ];
    return {
      encoder: modelType(encoder, range),
      ...(categories > 0 && {style: part(style), classifier: part(categories)}),
      decoder: modelType(decoder),
      discriminator: modelType(discriminator),
      ...(categoryDiscriminator && {categoryDiscriminator: modelType(categoryDiscriminator)}),
      history: {kind: 'table', columns},
    };
  },
  run: async ({prepared: {params: given, networks, sizes, supervised}, inputs, context}) => {
    const withClass = given.labels === 'decoder' ? {labels: 'labels'} : {};
    const own = await tensorsOf(inputs.data, 'train', {images: 'images', ...withClass});
    const few = inputs.labelled && (await labelledExamples(inputs.labelled, own.images.shape[0] ?? 0));
    const judged = {images: 'images', ...(supervised ? {labels: 'labels'} : withClass)};
    const validation = await validationTensors(inputs.data, judged);
    const data = {...own, ...few?.repeated};
    const objective = new AdversarialObjective(initialise(networks, context.seed), {
      priorDeviation: given.priorDeviation,
      optimizers: given.optimizers,
      categories: given.categories && {
        ...given.categories,
        warmUpSteps: given.categories.warmUp * stepsPerEpoch(data, given.batchSize),
      },
      labelled: few?.count ?? 0,
    });
    const {models, history} = await train({objective, data, validation}, given, context);
    const {encoder, decoder, discriminator, categoryDiscriminator} = models;
    const part = (start: number, end: number) => ({kind: 'model', ...narrowed(encoder, start, end)}) as const;
    const {style, categories} = sizes;
    return {
      encoder,
      ...(categories > 0 && {style: part(0, style), classifier: part(style, style + categories)}),
      decoder,
      discriminator,
      ...(categoryDiscriminator && {categoryDiscriminator}),
      history,
    };
  },
});

/** The labelled examples over and over, since all that a step gathers its batch from has as many rows; a batch draws among them evenly. */
async function labelledExamples(
  data: DatasetValue,
  rows: number,
): Promise<{readonly count: number; readonly repeated: PackedSplit}> {
  const {images, labels} = await tensorsOf(data, 'train', {images: 'images', labels: 'labels'});
  const repeated = {labelledImages: repeatRows(images, rows), labelledLabels: repeatRows(labels, rows)};
  return {count: labels.shape[0] ?? 0, repeated};
}
