import type * as tfjs from '@tensorflow/tfjs';
import {convolveUpSampled, upSampledPays} from '../tensor/up-sample.js';
import type {ApplyContext} from './layer.js';
import type {LaidLayer} from './layout.js';

type Weights = Readonly<Record<string, tfjs.Tensor>>;

/** A layer, or neighbours computed together. */
export interface Part {
  readonly layers: readonly LaidLayer[];
  /** `weights`: one record a layer. */
  apply(input: tfjs.Tensor, weights: readonly Weights[], context: ApplyContext): tfjs.Tensor;
}

const increasing = new Set(['relu', 'leakyRelu', 'tanh', 'sigmoid', 'softplus']);

/**
 * Layers in the order, and the groups, that compute the same function with the least work:
 * - an increasing function commutes with the maximum of a window: pooling first leaves fewer values to apply it to;
 * - relu(m x) = m relu(x) for a dropout mask m ≥ 0: relu first joins the product before it;
 * - a convolution of repeated pixels sees each of them several times: their taps can be added up beforehand.
 */
export function rewrite(layers: readonly LaidLayer[]): readonly Part[] {
  const ordered = [...layers];
  for (let index = 1; index < ordered.length; index++) {
    const [before, after] = [ordered[index - 1], ordered[index]] as [LaidLayer, LaidLayer];
    const swaps =
      (increasing.has(before.kind.name) && after.kind.name === 'maxPool2d') ||
      (before.kind.name === 'dropout' && after.kind.name === 'relu');
    if (swaps) [ordered[index - 1], ordered[index]] = [after, before];
  }
  const parts: Part[] = [];
  for (let index = 0; index < ordered.length; index++) {
    const [layer, next] = [ordered[index] as LaidLayer, ordered[index + 1]];
    if (next && convolvesDoubled(layer, next)) {
      parts.push({layers: [layer, next], apply: (input, [, weights]) => doubledConvolution(input, weights as Weights)});
      index++;
    } else
      parts.push({
        layers: [layer],
        apply: (input, [weights], context) => layer.kind.apply(input, weights as Weights, layer.params, context),
      });
  }
  return parts;
}

function convolvesDoubled(layer: LaidLayer, next: LaidLayer): boolean {
  if (layer.kind.name !== 'upSample2d' || next.kind.name !== 'conv2d') return false;
  const {size} = layer.params as {size: number};
  const {kernel, stride, padding, bias} = next.params as {kernel: number; stride: number; padding: string; bias: boolean};
  return bias && size === 2 && stride === 1 && padding === 'same' && upSampledPays(kernel);
}

const doubledConvolution = (input: tfjs.Tensor, {kernel, bias}: Weights): tfjs.Tensor =>
  convolveUpSampled(input as tfjs.Tensor4D, kernel as tfjs.Tensor4D, bias as tfjs.Tensor1D);
