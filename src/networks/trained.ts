import {type HostTensor, hostTensor} from '../core/host-tensor.js';
import type {LayerSpec, Shape} from '../core/ports.js';
import {type Architecture, layoutOf} from './architecture.js';
import {type Misfit, misfit} from './layer.js';

/** A network with its weights, on the host. */
export interface Trained {
  readonly architecture: Architecture;
  readonly weights: Readonly<Record<string, HostTensor>>;
}

/** One network after the other as one; throws when the second does not take what the first gives. */
export function joinNetworks(first: Trained, second: Trained): Trained {
  const {input, layers} = first.architecture;
  return {
    architecture: {input, layers: [...layers, ...second.architecture.layers]},
    weights: {...first.weights, ...renumbered(second.weights, (layer) => layer + layers.length)},
  };
}

/** Layers `start..end` of a network; `input` is what the first of them takes. */
export function partOf({architecture, weights}: Trained, start: number, end: number): Trained {
  const input = layoutOf(architecture).layers[start]?.input ?? architecture.input;
  const kept = Object.entries(weights).filter(([name]) => layerOf(name) >= start && layerOf(name) < end);
  return {
    architecture: {input, layers: architecture.layers.slice(start, end)},
    weights: renumbered(Object.fromEntries(kept), (layer) => layer - start),
  };
}

/**
 * The layers of a network that ends in `dense`, perhaps with `softmaxLast` after it, when only `units` of its values are kept and left as
 * they are; `undefined` when it ends otherwise.
 */
export function narrowedLayers(layers: readonly LayerSpec[], units: number): readonly LayerSpec[] | undefined {
  const dense = layers.length - (isNamed(layers.at(-1), 'softmaxLast') ? 2 : 1);
  return isNamed(layers[dense], 'dense') ? [...layers.slice(0, dense), {dense: units}] : undefined;
}

/** A network that gives values `start..end` of what another's last dense layer gives; see `narrowedLayers`. */
export function narrowed({architecture: {input, layers}, weights}: Trained, start: number, end: number): Trained {
  const kept = narrowedLayers(layers, end - start);
  if (!kept) throw new Error('only a network that ends in a dense layer can be narrowed');
  const last = kept.length - 1;
  const before = Object.entries(weights).filter(([name]) => layerOf(name) < last);
  const columns = ['kernel', 'bias'].map((name) => [`${last}.${name}`, sliceColumns(weights[`${last}.${name}`], start, end)]);
  return {architecture: {input, layers: kept}, weights: Object.fromEntries([...before, ...columns])};
}

const isNamed = (layer: LayerSpec | undefined, name: string): boolean => typeof layer === 'object' && name in layer;

function sliceColumns(tensor: HostTensor | undefined, start: number, end: number): HostTensor {
  if (!tensor) throw new Error('a dense layer has a kernel and a bias');
  const [width = 0, kept] = [tensor.shape.at(-1), end - start];
  const rowCount = tensor.data.length / width;
  const values = Float32Array.from(
    {length: rowCount * kept},
    (_, at) => tensor.data[Math.floor(at / kept) * width + start + (at % kept)] as number,
  );
  return hostTensor('float32', [...tensor.shape.slice(0, -1), kept], values);
}

const layerOf = (weight: string): number => Number.parseInt(weight, 10);

/** The same weights where each layer has another number. */
const renumbered = (weights: Trained['weights'], number: (layer: number) => number): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [`${number(layerOf(name))}${name.slice(name.indexOf('.'))}`, tensor]),
  );

/** Layers that bring pictures to the size and the channels that a network takes, or what does not fit. */
export function fitPictures(
  given: Shape,
  wanted: Shape,
): {readonly status: 'fits'; readonly layers: readonly LayerSpec[]} | Misfit {
  if (given.join() === wanted.join()) return {status: 'fits', layers: []};
  const [height = 0, width = 0, channels = 0] = wanted;
  const has = given[2] ?? 0;
  if (given.length !== 3 || wanted.length !== 3 || (has !== channels && has !== 1))
    return misfit(
      `Expected pictures that can be made [${wanted.join(', ')}], grey or with as many channels, got shape [${given.join(', ')}]`,
    );
  const resized = given[0] === height && given[1] === width ? [] : [{resize2d: [height, width]}];
  // grey is made larger first, which is a third of the work
  return {status: 'fits', layers: [...resized, ...(has === channels ? [] : [{repeatChannels: channels}])]};
}
