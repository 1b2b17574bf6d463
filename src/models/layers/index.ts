import type {LayerKind} from '../layer.js';
import {activationLayers} from './activations.js';
import {batchNorm} from './batch-norm.js';
import {conv2d} from './conv2d.js';
import {dense} from './dense.js';
import {dropout} from './dropout.js';
import {leakyRelu} from './leaky-relu.js';
import {maxPool2d} from './max-pool2d.js';
import {flatten, reshape} from './shapes.js';
import {upSample2d} from './up-sample2d.js';

/** Every kind of layer a recipe can name. */
export const layerKinds: ReadonlyMap<string, LayerKind> = new Map(
  [dense, dropout, ...activationLayers, leakyRelu, flatten, reshape, conv2d, maxPool2d, upSample2d, batchNorm].map((kind) => [
    kind.name,
    kind,
  ]),
);
