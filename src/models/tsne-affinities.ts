import type {HostTensor} from '../tensor/host-tensor.js';
import {NearestList, squaredDistances} from './metrics/distances.js';

/** A sparse symmetric matrix of similarities that add up to 1: row i holds entries `starts[i]` to `starts[i + 1]`. */
export interface Affinities {
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
  readonly values: Float64Array;
}

/**
 * Similarities of points float32 [n, d]: normal kernels over the 3 × perplexity nearest neighbours, each as wide as gives the
 * perplexity (entropy in bits: its log₂), made symmetric: (p(j|i) + p(i|j)) / 2n. Source: van der Maaten 2014, section 4.1.
 */
export function symmetricAffinities(points: HostTensor<'float32'>, perplexity: number): Affinities {
  const [count = 0, dimensions = 0] = points.shape;
  const k = Math.min(count - 1, Math.floor(3 * perplexity));
  if (k < 3)
    throw new RangeError(`Expected at least 5 points and a perplexity of at least 1, got ${count} points and ${perplexity}`);
  const neighbours = new Int32Array(count * k);
  const conditional = new Float64Array(count * k);
  const distances = new Float32Array(count);
  const nearest = new NearestList(k);
  for (let point = 0; point < count; point++) {
    squaredDistances(points.data, points.data.subarray(point * dimensions, (point + 1) * dimensions), distances);
    nearest.fill(distances, point);
    const row = nearest.indices;
    neighbours.set(row, point * k);
    conditional.set(
      kernel(
        Array.from(row, (other) => distances[other] as number),
        Math.log(Math.min(perplexity, k)),
      ),
      point * k,
    );
  }
  return symmetrise(neighbours, conditional, count, k);
}

/** Weights exp(−β d²), normalised, with β found by bisection so that their entropy (nats) is the wanted one. */
function kernel(distances: readonly number[], entropy: number): Float64Array {
  const nearest = distances[0] ?? 0;
  const weights = new Float64Array(distances.length);
  let [low, high, beta] = [0, Number.POSITIVE_INFINITY, 1];
  for (let round = 0; round < 100; round++) {
    let sum = 0;
    let moment = 0;
    for (let at = 0; at < weights.length; at++) {
      const distance = (distances[at] as number) - nearest;
      const weight = Math.exp(-beta * distance);
      weights[at] = weight;
      sum += weight;
      moment += weight * distance;
    }
    const difference = Math.log(sum) + (beta * moment) / sum - entropy;
    for (let at = 0; at < weights.length; at++) weights[at] = (weights[at] as number) / sum;
    if (Math.abs(difference) < 1e-6) break;
    if (difference > 0) low = beta;
    else high = beta;
    beta = high === Number.POSITIVE_INFINITY ? beta * 2 : (low + high) / 2;
  }
  return weights;
}

function symmetrise(neighbours: Int32Array, conditional: Float64Array, count: number, k: number): Affinities {
  const rows = Array.from({length: count}, () => new Map<number, number>());
  for (let point = 0; point < count; point++) {
    for (let at = point * k; at < (point + 1) * k; at++) {
      const other = neighbours[at] as number;
      const share = (conditional[at] as number) / (2 * count);
      rows[point]?.set(other, (rows[point]?.get(other) ?? 0) + share);
      rows[other]?.set(point, (rows[other]?.get(point) ?? 0) + share);
    }
  }
  const starts = new Int32Array(count + 1);
  for (let point = 0; point < count; point++) starts[point + 1] = (starts[point] as number) + (rows[point]?.size ?? 0);
  const total = starts[count] as number;
  const result = {starts, neighbours: new Int32Array(total), values: new Float64Array(total)};
  for (const [point, row] of rows.entries()) {
    let at = starts[point] as number;
    for (const [other, value] of row) {
      result.neighbours[at] = other;
      result.values[at++] = value;
    }
  }
  return result;
}
