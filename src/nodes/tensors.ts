import {unpack} from '../core/affine.js';
import {type HostTensor, hostTensor, sizeOf} from '../core/host-tensor.js';
import type {PackedSplit, Split} from '../core/ports.js';

/** A tensor of a split. Throws when it is not there, which a node reports before anything runs. */
export function tensorOf<T>(split: Readonly<Record<string, T>>, name: string): T {
  const tensor = split[name];
  if (tensor === undefined) throw new Error(`Expected a tensor \`${name}\`, got ${Object.keys(split).join(', ') || 'none'}`);
  return tensor;
}

/** A tensor of a split as float32, whatever its values are kept as. Throws when it is not there. */
export function floatsOf(split: Split, name: string): HostTensor<'float32'> {
  const {shape, data} = tensorOf(split, name);
  return hostTensor('float32', shape, data instanceof Float32Array ? data : Float32Array.from(data));
}

/** One row an example, float32 [examples, values]. */
export const flat = ({shape: [count = 0, ...rest], data}: HostTensor<'float32'>): HostTensor<'float32'> =>
  hostTensor('float32', [count, sizeOf(rest)], data);

/** The labels of a split, for stages that pass them on; nothing when it has none. */
export const labelsOf = ({labels}: PackedSplit): Split => (labels ? {labels: unpack(labels)} : {});
