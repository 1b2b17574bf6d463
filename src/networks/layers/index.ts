import type {LayerKind} from '../layer.js';
import {activationLayers} from './activations.js';
import {batchNorm} from './batch-norm.js';
import {conv2d} from './conv2d.js';
import {dense} from './dense.js';
import {depthwiseConv2d} from './depthwise-conv2d.js';
import {dropPath} from './drop-path.js';
import {dropout} from './dropout.js';
import {gaussianNoise} from './gaussian-noise.js';
import {globalAveragePool} from './global-average-pool.js';
import {leakyRelu} from './leaky-relu.js';
import {maxPool2d} from './max-pool2d.js';
import {repeatChannels} from './repeat-channels.js';
import {rescale} from './rescale.js';
import {residualOf} from './residual.js';
import {resize2d} from './resize2d.js';
import {flatten, reshape} from './shapes.js';
import {softmaxLast} from './softmax-last.js';
import {squeezeExcite} from './squeeze-excite.js';
import {standardise} from './standardise.js';
import {upSample2d} from './up-sample2d.js';

const kinds = [
  dense,
  dropout,
  gaussianNoise,
  ...activationLayers,
  softmaxLast,
  leakyRelu,
  flatten,
  reshape,
  conv2d,
  depthwiseConv2d,
  maxPool2d,
  globalAveragePool,
  upSample2d,
  resize2d,
  repeatChannels,
  rescale,
  standardise,
  squeezeExcite,
  dropPath,
  batchNorm,
];
const byName = (all: readonly LayerKind[]): ReadonlyMap<string, LayerKind> => new Map(all.map((kind) => [kind.name, kind]));

/** Every kind of layer a recipe can name. */
export const layerKinds = byName([...kinds, residualOf(byName(kinds))]);
