import {relative} from 'node:path';
import {Type} from '@sinclair/typebox';
import {digestBytes, digestFile, digestJson} from '../../core/digest.js';
import {defineNode} from '../../core/node.js';
import {Network} from '../../networks/network.js';
import {checkChoice, networkOf, publishedAddress, titleOf} from '../../networks/pretrained/index.js';
import {takeWeights} from '../../networks/pretrained/take-weights.js';
import {readKerasFile} from '../../sources/keras-file.js';
import {lockedDigest, readLockedFile, readOwnFile} from '../../sources/locked-files.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {modelType} from '../model-type.js';

const params = Type.Object(
  {
    network: Type.Union([Type.Literal('mobilenetV2'), Type.Literal('efficientnetB0')], {
      default: 'mobilenetV2',
      description: 'The network, without the classifier that it was trained with.',
    }),
    size: Type.Integer({
      minimum: 32,
      maximum: 1024,
      default: 224,
      description: 'Height and width of the pictures that it takes.',
      'x-smoke': 32,
    }),
    alpha: Type.Number({minimum: 0.1, maximum: 4, default: 1, description: 'How wide MobileNetV2 is.'}),
    weights: Type.String({
      pattern: '^(imagenet|random|\\.{1,2}/.+|/.+)$',
      default: 'imagenet',
      description:
        '`imagenet`: from where Keras has them, once, locked in `tfpipe.lock.json`; a file of Keras (.h5, .weights.h5, .keras) by its path from here; or `random`.',
      'x-expected': '`imagenet`, `random`, or a path such as `./mine.h5`',
      // the content is in the key, not the path
      'x-cache': false,
      'x-path': true,
      'x-smoke': 'random',
    }),
  },
  {additionalProperties: false},
);

const advice =
  "Where there is no way to it, fetch it elsewhere, or save weights by Keras's `model.save_weights`, and name the file: `weights: ./mine.h5`.";

export const node = defineNode({
  type: 'load/pretrained',
  summary: 'A network with the weights that Keras has for it: pictures of 0..255 → features.',
  source:
    'Sandler et al.: MobileNetV2, 2018, arXiv:1801.04381; Tan, Le: EfficientNet, 2019, arXiv:1905.11946; weights: keras.io/api/applications',
  example: 'imagenet: {use: load/pretrained, with: {network: mobilenetV2, size: 96}}',
  params,
  inputs: {},
  usesTensors: true,
  drawsRandom: true,
  metrics: ['parameters'],
  externals: async (given) => {
    if (given.weights === 'random') return {weights: digestJson('random')};
    if (given.weights !== 'imagenet') return {weights: await digestFile(given.weights).catch(() => digestJson(null))};
    const url = publishedAddress(given);
    return {weights: (await lockedDigest(url)) ?? digestBytes(url)};
  },
  prepare: (given, _inputs, report) => {
    for (const [param, message] of checkChoice(given)) report({path: ['with', param], message});
    return {given, ...networkOf(given)};
  },
  outputs: ({architecture}) => ({model: modelType(architecture, [0, 255])}),
  run: async ({prepared: {given, architecture, places}, context: {seed, report}}) => {
    if (given.weights === 'random') {
      const start = tf.scalar(-1, 'int32');
      const network = Network.initialise('pretrained', architecture, new RandomStream(seed, start));
      start.dispose();
      report.metrics(0, {parameters: network.layout.parameters + network.layout.averages});
      const weights = network.weights();
      network.dispose();
      return {model: {kind: 'model', architecture, weights}};
    }
    const own = given.weights !== 'imagenet';
    const url = publishedAddress(given);
    const what = own ? `\`${relative('', given.weights)}\`` : url;
    const file = await readKerasFile(own ? await readOwnFile(given.weights) : await readLockedFile(url, advice), what);
    const weights = takeWeights(file, architecture, places, {what, network: titleOf(given)});
    report.metrics(0, {parameters: Object.values(weights).reduce((sum, {data}) => sum + data.length, 0)});
    return {model: {kind: 'model', architecture, weights}};
  },
});
