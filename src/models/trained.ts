import type {HostTensor} from '../tensor/host-tensor.js';
import {type Architecture, layOut} from './architecture.js';
import type {LayerSpec, Shape} from './layer.js';

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
  const laid = layOut(architecture);
  if ('problem' in laid) throw new Error(laid.problem.problem);
  const input = laid.layout.layers[start]?.input ?? architecture.input;
  const kept = Object.entries(weights).filter(([name]) => layerOf(name) >= start && layerOf(name) < end);
  return {
    architecture: {input, layers: architecture.layers.slice(start, end)},
    weights: renumbered(Object.fromEntries(kept), (layer) => layer - start),
  };
}

const layerOf = (weight: string): number => Number.parseInt(weight, 10);

/** The same weights where each layer has another number. */
const renumbered = (weights: Trained['weights'], number: (layer: number) => number): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [`${number(layerOf(name))}${name.slice(name.indexOf('.'))}`, tensor]),
  );

/** Layers that bring pictures to the size and the channels that a network takes, or what does not fit. */
export function fitPictures(given: Shape, wanted: Shape): readonly LayerSpec[] | {readonly problem: string} {
  if (given.join() === wanted.join()) return [];
  const [height = 0, width = 0, channels = 0] = wanted;
  const has = given[2] ?? 0;
  if (given.length !== 3 || wanted.length !== 3 || (has !== channels && has !== 1))
    return {
      problem: `Expected pictures that can be made [${wanted.join(', ')}], grey or with as many channels, got shape [${given.join(', ')}]`,
    };
  const resized = given[0] === height && given[1] === width ? [] : [{resize2d: [height, width]}];
  // grey is made larger first, which is a third of the work
  return [...resized, ...(has === channels ? [] : [{repeatChannels: channels}])];
}
