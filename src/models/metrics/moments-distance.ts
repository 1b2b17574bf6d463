import type {HostTensor} from '../../tensor/host-tensor.js';

/** How far a sample's first two moments are from those of N(0, σ²I), in units of σ and σ². */
export interface MomentsDistance {
  /** ‖mean‖ / σ. */
  readonly mean: number;
  /** ‖covariance − σ²I‖ (Frobenius) / σ². */
  readonly covariance: number;
}

/** Distance of the moments of codes, float32 [n, d], from those of a normal distribution with mean 0 and the given deviation in each dimension. */
export function momentsDistance({data, shape}: HostTensor<'float32'>, deviation: number): MomentsDistance {
  const [count = 0, dimensions = 0] = shape;
  const mean = new Float64Array(dimensions);
  for (let at = 0; at < data.length; at++)
    mean[at % dimensions] = (mean[at % dimensions] as number) + (data[at] as number) / count;
  let norm = 0;
  for (let a = 0; a < dimensions; a++) {
    for (let b = 0; b < dimensions; b++) {
      let product = 0;
      for (let row = 0; row < count; row++)
        product +=
          ((data[row * dimensions + a] as number) - (mean[a] as number)) *
          ((data[row * dimensions + b] as number) - (mean[b] as number));
      norm += (product / (count - 1) - (a === b ? deviation ** 2 : 0)) ** 2;
    }
  }
  return {mean: Math.hypot(...mean) / deviation, covariance: Math.sqrt(norm) / deviation ** 2};
}
