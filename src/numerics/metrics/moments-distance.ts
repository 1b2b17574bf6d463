import type {HostTensor} from '../../core/host-tensor.js';
import {moments} from '../moments.js';

/** Distance of a sample's first two moments from those of N(0, σ²I), in units of σ and σ². */
interface MomentsDistance {
  /** ‖mean‖ / σ. */
  readonly mean: number;
  /** ‖covariance − σ²I‖ (Frobenius) / σ². */
  readonly covariance: number;
}

/** Distance of the moments of codes, float32 [n, d], from those of a normal distribution with mean 0 and the given deviation in each dimension. */
export function momentsDistance(codes: HostTensor<'float32'>, deviation: number): MomentsDistance {
  const dimensions = codes.shape[1] ?? 0;
  const {mean, covariance} = moments(codes, 1);
  const off = covariance.map((value, at) => value - (at % (dimensions + 1) === 0 ? deviation ** 2 : 0));
  return {mean: norm(mean) / deviation, covariance: norm(off) / deviation ** 2};
}

const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
