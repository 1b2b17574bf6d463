import {type HostTensor, hostTensor, type PackedTensor} from './host-tensor.js';

/** scale · x + offset of every value; bytes stay bytes, and only what they stand for changes. */
export function mapPacked(tensor: PackedTensor, scale: number, offset: number): PackedTensor {
  if (tensor.dtype !== 'uint8') return affine(tensor, scale, offset);
  const {scale: before, offset: shift} = tensor.affine ?? {scale: 1, offset: 0};
  return {...tensor, affine: {scale: before * scale, offset: shift * scale + offset}};
}

/** The values that a packed tensor stands for. */
export function unpack({affine: map, ...tensor}: PackedTensor): HostTensor {
  return map ? affine(tensor, map.scale, map.offset) : tensor;
}

/** scale · x + offset of every value, as float32; bytes go through a table of their 256 results. */
export function affine(tensor: HostTensor, scale: number, offset: number): HostTensor<'float32'> {
  const {data, shape} = tensor;
  const result = new Float32Array(data.length);
  if (data instanceof Uint8Array) {
    const table = Float32Array.from({length: 256}, (_, value) => value * scale + offset);
    for (let index = 0; index < data.length; index++) result[index] = table[data[index] as number] as number;
  } else {
    for (let index = 0; index < data.length; index++) result[index] = (data[index] as number) * scale + offset;
  }
  return hostTensor('float32', shape, result);
}

/** Mean and population standard deviation over all values, added up in float64 in two passes. */
export function meanAndDeviation({data}: HostTensor): {readonly mean: number; readonly deviation: number} {
  let sum = 0;
  for (let index = 0; index < data.length; index++) sum += data[index] as number;
  const mean = sum / data.length;
  let squares = 0;
  for (let index = 0; index < data.length; index++) squares += ((data[index] as number) - mean) ** 2;
  return {mean, deviation: Math.sqrt(squares / data.length)};
}

/** The smallest value that a packed tensor stands for. */
export function smallestValue({data, affine: map = {scale: 1, offset: 0}}: PackedTensor): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < data.length; index++) {
    const value = data[index] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return map.scale * (map.scale < 0 ? high : low) + map.offset;
}
