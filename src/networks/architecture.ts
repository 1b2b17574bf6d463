import {type TUnsafe, Type} from '@sinclair/typebox';
import {sizeOf} from '../core/host-tensor.js';
import type {LayerSpec, Shape} from '../core/ports.js';
import {showShape} from './layer.js';
import {activationRange} from './layers/activations.js';
import {layerKinds} from './layers/index.js';
import {fitted, follow, type LaidLayer, type LayerMisfit, layerSchema} from './layout.js';

/** A network as the recipe wrote it: enough, with its weights, to build it again. */
export interface Architecture {
  /** Shape of one input example. */
  readonly input: Shape;
  readonly layers: readonly LayerSpec[];
}

export interface Layout {
  readonly layers: readonly LaidLayer[];
  readonly output: Shape;
  /** Number of weights that learn. */
  readonly parameters: number;
  /** Number of values that training keeps besides: moving averages. */
  readonly averages: number;
  /** Bounds of the output, when the last layer sets any. */
  readonly range?: readonly [number, number];
}

/** Follows the shapes through the layers; stops at the first layer that does not fit. */
export function layOut({input, layers}: Architecture): {readonly status: 'fits'; readonly layout: Layout} | LayerMisfit {
  const found = follow(layerKinds, input, layers);
  if (found.status === 'misfit') return found;
  const {layers: laid, output} = found;
  const range = activationRange(laid.at(-1)?.kind.name ?? '');
  const count = (learns: boolean): number =>
    laid
      .flatMap((layer) => layer.weights)
      .filter((weight) => (weight.learns ?? true) === learns)
      .reduce((total, weight) => total + sizeOf(weight.shape), 0);
  const layout = {layers: laid, output, parameters: count(true), averages: count(false), ...(range && {range})};
  return {status: 'fits', layout};
}

/** The layout of a network that is known to fit. Throws when it does not. */
export const layoutOf = (architecture: Architecture): Layout => fitted(layOut(architecture)).layout;

/** Number of values that all layers together make of one example, which an evaluation that runs layer by layer keeps at once. */
export function valuesOf(layers: readonly LaidLayer[]): number {
  return layers.reduce((total, {kind, params, input, output}) => {
    const inner = kind.name === 'residual' ? fitted(follow(layerKinds, input, params as readonly LayerSpec[])).layers : [];
    return total + sizeOf(output) + valuesOf(inner);
  }, 0);
}

/** One for all lists, so that it is compiled once. */
const layer = layerSchema([...layerKinds.values()]);

/** Schema of a layer list. */
export function layerListSchema({description}: {readonly description: string}): TUnsafe<LayerSpec[]> {
  return Type.Unsafe<LayerSpec[]>(Type.Array(layer, {title: 'list of layers', minItems: 1, maxItems: 1000, description}));
}

/** "784 → 392 → 10", for messages and tables. */
export const showLayout = (input: Shape, layout: Layout): string =>
  [input, ...layout.layers.map((layer) => layer.output)]
    .filter((shape, index, shapes) => index === 0 || showShape(shape) !== showShape(shapes[index - 1] ?? []))
    .map((shape) => (shape.length === 1 ? String(shape[0]) : shape.join('×')))
    .join(' → ');
