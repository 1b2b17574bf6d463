import type {HostTensor} from '../core/host-tensor.js';

export interface Statistics {
  readonly count: number;
  readonly nan: number;
  /** Infinities of either sign. */
  readonly infinite: number;
  /** Smallest of the finite values; this and all that follow are NaN when there are none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly deviation: number;
  /** Number of values in each of the equal parts of min..max. */
  readonly histogram: readonly number[];
}

/** Figures over all values of a tensor, added up in float64 in two passes. */
export function statisticsOf({data}: HostTensor, bins = 48): Statistics {
  let [nan, infinite, sum, min, max] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (Number.isFinite(value)) {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    } else if (Number.isNaN(value)) nan += 1;
    else infinite += 1;
  }
  const finite = data.length - nan - infinite;
  const histogram = new Array<number>(bins).fill(0);
  if (finite === 0)
    return {
      count: data.length,
      nan,
      infinite,
      min: Number.NaN,
      max: Number.NaN,
      mean: Number.NaN,
      deviation: Number.NaN,
      histogram,
    };
  const mean = sum / finite;
  const scale = max > min ? bins / (max - min) : 0;
  let squares = 0;
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    squares += (value - mean) ** 2;
    const bin = Math.min(Math.floor((value - min) * scale), bins - 1);
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  return {count: data.length, nan, infinite, min, max, mean, deviation: Math.sqrt(squares / finite), histogram};
}
