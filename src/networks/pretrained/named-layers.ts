import type {LayerSpec} from '../../core/ports.js';

/** Where Keras keeps a weight: its layer's name, and the weight's place among those of that layer. */
interface KerasPlace {
  readonly layer: string;
  readonly index: number;
}

/** A layer list as a recipe could have it, and where Keras keeps its weights, by their names in the network (`3.kernel`). */
export interface NamedLayers {
  readonly layers: readonly LayerSpec[];
  readonly places: Readonly<Record<string, KerasPlace>>;
}

/** One layer, with places by the names of its own weights (`kernel`). */
export interface NamedLayer {
  readonly layer: LayerSpec;
  readonly places: NamedLayers['places'];
}

const only = (layer: LayerSpec): NamedLayer => ({layer, places: {}});

/** Places of all weights of one Keras layer, in Keras's order. */
const placesOf = (layer: string, ...weights: readonly string[]): NamedLayer['places'] =>
  Object.fromEntries(weights.map((name, index) => [name, {layer, index}]));

interface Convolution {
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
}

/** A convolution without bias, normalised over the batch; both are called as Keras calls them. */
export const normalised = (
  kind: {readonly conv2d: Convolution} | {readonly depthwiseConv2d: Omit<Convolution, 'filters'>},
  names: readonly [convolution: string, normalisation: string],
  momentum: number,
): readonly NamedLayer[] => {
  const [[name, window]] = Object.entries(kind) as [[string, object]];
  return [
    {layer: {[name]: {...window, padding: 'same', bias: false}}, places: placesOf(names[0], 'kernel')},
    {layer: {batchNorm: {momentum, epsilon: 1e-3}}, places: placesOf(names[1], 'gamma', 'beta', 'movingMean', 'movingVariance')},
  ];
};

export const activation = (name: 'relu6' | 'swish'): NamedLayer => only(name);

/** A layer without weights that Keras would have. */
export const plain = only;

export const standardise = (name: string): NamedLayer => ({layer: 'standardise', places: placesOf(name, 'mean', 'variance')});

/** Keras writes it as two convolutions of one pixel. */
export const squeezeExcite = (units: number, names: readonly [reduce: string, expand: string]): NamedLayer => ({
  layer: {squeezeExcite: {units}},
  places: {...placesOf(names[0], 'reduceKernel', 'reduceBias'), ...placesOf(names[1], 'expandKernel', 'expandBias')},
});

/** Layers with a shortcut around them. */
export const residual = (inner: readonly NamedLayer[]): NamedLayer => {
  const {layers, places} = inOrder(inner);
  return {layer: {residual: layers}, places};
};

/** Layers one after the other. */
export const inOrder = (named: readonly NamedLayer[]): NamedLayers => ({
  layers: named.map(({layer}) => layer),
  places: Object.fromEntries(
    named.flatMap(({places}, index) => Object.entries(places).map(([name, place]) => [`${index}.${name}`, place])),
  ),
});

/** `filters` times a width, to the nearest multiple of 8, never more than a tenth less. Source: Sandler et al. 2018, their code. */
export function roundFilters(filters: number): number {
  const rounded = Math.max(8, Math.floor(Math.floor(filters + 4) / 8) * 8);
  return rounded < 0.9 * filters ? rounded + 8 : rounded;
}
