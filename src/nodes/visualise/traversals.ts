import {Type} from '@sinclair/typebox';
import {hostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import {imageGrid} from '../../figures/image-grid.js';
import {decode, withNetwork} from '../../networks/evaluate.js';
import {moments} from '../../numerics/moments.js';
import {givenBy, takenBy, tensorIn, unifyDimensions} from '../agree.js';
import {floatsOf} from '../tensors.js';

const params = Type.Object(
  {
    split: Type.String({default: 'test', description: 'Codes of this split say where to start and which dimensions are in use.'}),
    example: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'The example of the split whose code the walk goes through; the mean when not given.',
      }),
    ),
    steps: Type.Integer({minimum: 2, maximum: 50, default: 9, description: 'Images a row.'}),
    reach: Type.Number({exclusiveMinimum: 0, default: 3, description: 'The dimension goes from minus to plus so much.'}),
  },
  {additionalProperties: false},
);

/** Under this variance over a split, a dimension of the code says nothing (Burda, Grosse, Salakhutdinov 2015). */
const leastVariance = 0.01;

export const node = defineNode({
  type: 'visualise/traversals',
  summary:
    'Decoded images while one dimension of the code moves and the others stay: a row a dimension, those that vary most first.',
  source:
    'Higgins et al.: beta-VAE, 2017, figure 1; units in use: Burda, Grosse, Salakhutdinov 2015, arXiv:1509.00519, section 5',
  example: `means:
  use: featurize/encode
  in: {data: scaled, model: vae.encoder}
traversals:
  use: visualise/traversals
  in: {codes: means, decoder: vae.decoder}`,
  params,
  inputs: {
    codes: {kind: 'embedding', description: 'Codes whose prior has deviation 1 in every dimension.'},
    decoder: {kind: 'model', description: 'Code → image [height, width, 1].'},
  },
  usesTensors: true,
  metrics: ['dimensionsInUse'],
  prepare: (given, {codes, decoder}, report) => {
    const {split, example} = given;
    const code = tensorIn('codes', 'codes', codes.splits[split], ['examples', 'code']);
    if (!code.tensor)
      report({path: ['in', 'codes'], message: `Expected a split \`${split}\`, got ${Object.keys(codes.splits).join(', ')}`});
    const examples = code.tensor?.shape[0];
    if (example !== undefined && typeof examples === 'number' && example >= examples)
      report({path: ['with', 'example'], message: `Expected an example between 0 and ${examples - 1}, got ${example}`});
    const image = givenBy('decoder', decoder, 'height', 'width', 'channels');
    unifyDimensions([code, takenBy('decoder', decoder, 'code'), image], report);
    return given;
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {split, example, steps, reach}, inputs, context: {report}}) => {
    const codes = floatsOf(await inputs.codes.split(split), 'codes');
    const [, size = 0] = codes.shape;
    const {mean, covariance} = moments(codes, 0);
    const variances = Array.from(mean, (_, dimension) => covariance[dimension * (size + 1)] ?? 0);
    const start = example === undefined ? mean : codes.data.subarray(example * size, (example + 1) * size);
    const dimensions = [...variances.keys()].sort((first, second) => (variances[second] ?? 0) - (variances[first] ?? 0));
    const moved = new Float32Array(size * steps * size);
    for (const [row, dimension] of dimensions.entries())
      for (let step = 0; step < steps; step++) {
        const at = (row * steps + step) * size;
        moved.set(start, at);
        moved[at + dimension] = ((2 * step) / (steps - 1) - 1) * reach;
      }
    const walk = hostTensor('float32', [size * steps, size], moved);
    const decoded = withNetwork('decoder', inputs.decoder, (decoder) => decode(decoder, walk));
    const inUse = variances.filter((variance) => variance > leastVariance).length;
    report.metrics(0, {dimensionsInUse: inUse});
    const [, height = 0, width = 0] = decoded.shape;
    return {
      figure: {
        kind: 'figure',
        title: `Traversals: ${inUse} of ${size} dimensions are in use`,
        alt: `${size} rows, one a dimension of the code, which goes from −${reach} to ${reach}; those that vary most come first.`,
        png: await imageGrid({
          images: decoded.data.subarray(0, size * steps * sizeOf([height, width])),
          count: size * steps,
          height,
          width,
          columns: steps,
          columnTitles: Array.from({length: steps}, (_, step) => (((2 * step) / (steps - 1) - 1) * reach).toFixed(1)),
          rowTitles: dimensions.map((dimension) => `z${dimension}`),
          scale: 2,
        }),
      },
    };
  },
});
