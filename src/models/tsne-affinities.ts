import type {HostTensor} from '../tensor/host-tensor.js';
import {NearestList} from './metrics/distances.js';

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
  const nearest = new NearestList(k);
  const entropy = Math.log(Math.min(perplexity, k));
  for (let point = 0; point < count; point++) {
    nearest.search(points.data, points.data.subarray(point * dimensions, (point + 1) * dimensions), point);
    neighbours.set(nearest.indices, point * k);
    conditional.set(kernel(nearest.distances, entropy), point * k);
  }
  return symmetrise(neighbours, conditional, count, k);
}

/** Weights exp(−β d²), normalised, with β found by bisection so that their entropy (nats) is the wanted one. */
function kernel(distances: Float32Array, entropy: number): Float64Array {
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

/** Row i of the result: whom i names in its k `neighbours`, then who else names i; both at once add up. */
function symmetrise(neighbours: Int32Array, conditional: Float64Array, count: number, k: number): Affinities {
  const naming = edgesByEnd(neighbours, count);
  const starts = new Int32Array(count + 1);
  const ends = new Int32Array(2 * count * k);
  const values = new Float64Array(2 * count * k);
  // where a row has its entry for a point; what earlier rows left lies before the row's start
  const places = new Int32Array(count).fill(-1);
  for (let point = 0, at = 0; point < count; point++) {
    const start = at;
    for (let edge = point * k; edge < (point + 1) * k; edge++) {
      const other = neighbours[edge] as number;
      places[other] = at;
      ends[at] = other;
      values[at++] = (conditional[edge] as number) / (2 * count);
    }
    for (let named = naming.starts[point] as number; named < (naming.starts[point + 1] as number); named++) {
      const edge = naming.edges[named] as number;
      const other = Math.floor(edge / k);
      const share = (conditional[edge] as number) / (2 * count);
      const place = places[other] as number;
      if (place >= start) values[place] = (values[place] as number) + share;
      else {
        ends[at] = other;
        values[at++] = share;
      }
    }
    starts[point + 1] = at;
  }
  const total = starts[count] as number;
  return {starts, neighbours: ends.slice(0, total), values: values.slice(0, total)};
}

/** Edges (indices into `neighbours`) sorted by the point they end at, by counting; point i's are `starts[i]` to `starts[i + 1]`. */
function edgesByEnd(neighbours: Int32Array, count: number): {readonly starts: Int32Array; readonly edges: Int32Array} {
  const starts = new Int32Array(count + 1);
  for (const end of neighbours) starts[end + 1] = (starts[end + 1] as number) + 1;
  for (let point = 0; point < count; point++) starts[point + 1] = (starts[point + 1] as number) + (starts[point] as number);
  const next = starts.slice();
  const edges = new Int32Array(neighbours.length);
  for (const [edge, end] of neighbours.entries()) {
    const place = next[end] as number;
    edges[place] = edge;
    next[end] = place + 1;
  }
  return {starts, edges};
}
