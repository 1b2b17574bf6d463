import {affine} from '../core/affine.js';
import type {HostTensor} from '../core/host-tensor.js';
import type {TensorType} from '../core/ports.js';

/** Pixels of a known range as grey values 0..1, for pictures; those of an unknown range between their own smallest and largest value. */
export function greyLevels(images: HostTensor, range: TensorType['range']): Float32Array {
  const [low, high] = range ?? extremes(images.data);
  return affine(images, 1 / (high - low || 1), -low / (high - low || 1)).data;
}

function extremes(values: HostTensor['data']): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
