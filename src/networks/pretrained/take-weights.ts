import {type HostTensor, hostTensor, sizeOf} from '../../core/host-tensor.js';
import type {KerasWeights} from '../../sources/keras-file.js';
import {type Architecture, layoutOf} from '../architecture.js';
import {showShape} from '../layer.js';
import type {NamedLayers} from './named-layers.js';

/**
 * The weights of a network out of a Keras file's, by our names. Throws one sentence when a layer is not there or has another shape;
 * `what` is the file, `network` what the network is called. What else the file holds, such as a classifier at the end, is left alone.
 */
export function takeWeights(
  file: KerasWeights,
  architecture: Architecture,
  places: NamedLayers['places'],
  {what, network}: {readonly what: string; readonly network: string},
): Record<string, HostTensor> {
  const weights = layoutOf(architecture).layers.flatMap((layer) => layer.weights);
  return Object.fromEntries(
    weights.map(({name, shape}) => {
      const place = places[name];
      if (!place) throw new Error(`no place in a Keras file is known for the weight ${name}`);
      const found = layerOf(file, place.layer)?.[place.index];
      if (!found) {
        const some = [...file.keys()].slice(0, 4).map((layer) => `\`${layer}\``);
        throw new Error(
          `Expected ${what} to hold the layer \`${place.layer}\` of ${network}, got ${file.size} others, such as ${some.join(', ')}`,
        );
      }
      if (!fits(found.shape, shape))
        throw new Error(
          `Expected the layer \`${place.layer}\` in ${what} to have ${ordinal(place.index)} weight of the shape ${showShape(shape)}, as ${network} has, got ${showShape(found.shape)}`,
        );
      return [name, hostTensor('float32', shape, found.data)];
    }),
  );
}

/** A layer by its name; Keras numbers those that it named itself, `normalization_1`, when there were others before. */
const layerOf = (file: KerasWeights, name: string) =>
  file.get(name) ?? [...file].find(([other]) => other.replace(/_\d+$/, '') === name && !/\d$/.test(name))?.[1];

/** Equal but for axes of length 1: Keras has a dense layer on one pixel as a convolution. */
const fits = (found: readonly number[], wanted: readonly number[]): boolean =>
  sizeOf(found) === sizeOf(wanted) &&
  showShape(found.filter((size) => size !== 1)) === showShape(wanted.filter((size) => size !== 1));

const ordinal = (index: number): string => ['a first', 'a second', 'a third', 'a fourth'][index] ?? `weight ${index + 1} as a`;
