/** Element types that tfpipe stores. safetensors names: F32, I32, U8. */
export type DType = 'float32' | 'int32' | 'uint8';

export interface DataOf {
  float32: Float32Array;
  int32: Int32Array;
  uint8: Uint8Array;
}

/** A tensor in the process's own memory, row-major; what stages hand to each other and the store keeps. */
export interface HostTensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DataOf[D];
}

/** A tensor as it is kept and uploaded: with `affine`, its bytes stand for the float32 values scale · byte + offset. */
export type PackedTensor = HostTensor & {readonly affine?: Affine};

export interface Affine {
  readonly scale: number;
  readonly offset: number;
}

export const bytesPerElement: Record<DType, number> = {float32: 4, int32: 4, uint8: 1};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dimension) => product * dimension, 1);

/** Wraps `data` as a tensor of `shape`; throws when their sizes differ, which is always a bug of the caller. */
export function hostTensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): HostTensor<D> {
  if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} elements do not fill shape [${shape.join(', ')}]`);
  return {dtype, shape, data};
}

/** Rows `start..end` along the first axis, as a view of the same memory. */
export function rows<D extends DType>(tensor: HostTensor<D>, start: number, end: number): HostTensor<D> {
  const [count = 0, ...rest] = tensor.shape;
  const stride = sizeOf(rest);
  const last = Math.min(end, count);
  return {
    dtype: tensor.dtype,
    shape: [last - start, ...rest],
    data: tensor.data.subarray(start * stride, last * stride) as DataOf[D],
  };
}

/** The rows of a tensor one after the other, and from the first again, until there are `count`. */
export function repeatRows({shape: [held = 0, ...rest], data, ...kind}: PackedTensor, count: number): PackedTensor {
  const stride = sizeOf(rest);
  const repeated = new (data.constructor as new (length: number) => typeof data)(count * stride);
  for (let row = 0; row < count; row += held) repeated.set(data.subarray(0, Math.min(held, count - row) * stride), row * stride);
  return {...kind, shape: [count, ...rest], data: repeated} as PackedTensor;
}

/** These rows along the first axis, in this order, copied. */
export function takeRows({shape: [, ...rest], data, ...kind}: PackedTensor, indices: readonly number[]): PackedTensor {
  const stride = sizeOf(rest);
  const taken = new (data.constructor as new (length: number) => typeof data)(indices.length * stride);
  for (const [place, row] of indices.entries()) taken.set(data.subarray(row * stride, (row + 1) * stride), place * stride);
  return {...kind, shape: [indices.length, ...rest], data: taken} as PackedTensor;
}
