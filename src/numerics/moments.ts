import type {HostTensor} from '../core/host-tensor.js';

/**
 * Mean [d] and covariance [d × d], row by row, of points float32 [n, d]; sums of products are divided by n − `lost` (1: the unbiased
 * estimate).
 */
export function moments(
  {data, shape}: HostTensor<'float32'>,
  lost: 0 | 1,
): {readonly mean: Float64Array; readonly covariance: Float64Array} {
  const [count = 0, dimensions = 0] = shape;
  const mean = new Float64Array(dimensions);
  for (let at = 0; at < data.length; at++)
    mean[at % dimensions] = (mean[at % dimensions] as number) + (data[at] as number) / count;
  const covariance = new Float64Array(dimensions * dimensions);
  const centred = new Float64Array(dimensions);
  for (let point = 0; point < count; point++) {
    for (let index = 0; index < dimensions; index++)
      centred[index] = (data[point * dimensions + index] as number) - (mean[index] as number);
    for (let row = 0; row < dimensions; row++) {
      const value = centred[row] as number;
      for (let column = 0; column < dimensions; column++)
        covariance[row * dimensions + column] =
          (covariance[row * dimensions + column] as number) + (value * (centred[column] as number)) / (count - lost);
    }
  }
  return {mean, covariance};
}
