import {type HostTensor, hostTensor, sizeOf} from '#tfpipe/core/host-tensor.js';
import {type Architecture, layoutOf} from '#tfpipe/networks/architecture.js';
import type {NamedLayers} from '#tfpipe/networks/pretrained/named-layers.js';

/** The generator of test/reference/pretrained_keras.py. */
export function uniform(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({length: count}, () => {
    state = (Math.imul(1103515245, state) + 12345) & 0x7fffffff;
    return state / 2 ** 31;
  });
}

const seedOf = (name: string): number => [...Buffer.from(name)].reduce((seed, letter) => (31 * seed + letter) % 2 ** 31, 7);

/** The weight of a Keras layer that the script gives it; `kind` as our layers call it. */
export function formula(name: string, kind: string, shape: readonly number[], depthwise: boolean): HostTensor<'float32'> {
  const inputs = sizeOf(depthwise ? shape.slice(0, 2) : shape.slice(0, -1));
  const draw = uniform(sizeOf(shape), seedOf(name));
  const value = (u: number): number => {
    if (/kernel$/i.test(kind)) return (2 * u - 1) * Math.sqrt(3 / inputs);
    return /^(gamma|variance|movingVariance)$/.test(kind) ? u + 0.5 : (u - 0.5) / 2;
  };
  return hostTensor('float32', shape, Float32Array.from(draw, value));
}

/** All weights of a network as the script has them. */
export function formulaWeights(architecture: Architecture, places: NamedLayers['places']): Record<string, HostTensor> {
  return Object.fromEntries(
    layoutOf(architecture)
      .layers.flatMap((layer) => layer.weights)
      .map(({name, shape}) => {
        const {layer, index} = places[name] as {layer: string; index: number};
        return [name, formula(`${layer}/${index}`, name.split('.').at(-1) ?? '', shape, shape.length === 4 && shape[3] === 1)];
      }),
  );
}
