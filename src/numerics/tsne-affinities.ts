import type {HostTensor} from '../core/host-tensor.js';
import type {Threads} from '../wasm/threads.js';
import {nearestPoints, shared} from './metrics/nearest.js';
import type {TsneOptions} from './tsne-options.js';

/** A sparse symmetric matrix of similarities that add up to 1, seen by all threads: row i holds entries `starts[i]` to `starts[i + 1]`. */
export interface Affinities {
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
  readonly values: Float32Array;
}

/** Points a chunk of wasm/affinities.ts. */
const together = 64;

/**
 * Similarities of points float32 [n, d]: normal kernels over the 3 × perplexity nearest neighbours (`exact`: over all), each as wide as
 * gives the perplexity (entropy in bits: its log₂), averaged over several perplexities, made symmetric: (p(j|i) + p(i|j)) / 2n.
 * Sources: van der Maaten 2014, section 4.1; several perplexities: Kobak and Berens 2019.
 */
export async function symmetricAffinities(
  threads: Threads,
  points: HostTensor<'float32'>,
  {perplexity, exact = false, onProgress}: Pick<TsneOptions, 'perplexity' | 'exact' | 'onProgress'>,
): Promise<Affinities> {
  const [count = 0] = points.shape;
  const perplexities = typeof perplexity === 'number' ? [perplexity] : perplexity;
  const k = exact ? count - 1 : Math.min(count - 1, Math.floor(3 * Math.max(...perplexities)));
  if (k < 3)
    throw new RangeError(`Expected at least 5 points and a perplexity of at least 1, got ${count} points and ${perplexity}`);
  const onRows = (done: number): void => onProgress?.(done, count, 'code');
  const {indices, distances} = await nearestPoints(threads, points, k, {onRows});
  const conditional = threads.floats(count * k);
  for (const wanted of perplexities) {
    const entropy = Math.log(Math.min(wanted, k));
    const share = 1 / (2 * count * perplexities.length);
    threads.run('kernelWeights', Math.ceil(count / together), distances, conditional, count, k, entropy, share);
  }
  return shareAmong(threads, symmetrise(indices, conditional, count, k));
}

function shareAmong(threads: Threads, {starts, neighbours, values}: Affinities): Affinities {
  const [first, second] = [threads.integers(starts.length), threads.integers(neighbours.length)];
  first.set(starts);
  second.set(neighbours);
  return {starts: first, neighbours: second, values: shared(threads, values)};
}

/** Row i of the result: whom i names in its k `neighbours`, then who else names i; both at once add up. */
function symmetrise(neighbours: Int32Array, conditional: Float32Array, count: number, k: number): Affinities {
  const naming = edgesByEnd(neighbours, count);
  const starts = new Int32Array(count + 1);
  const ends = new Int32Array(2 * count * k);
  const values = new Float32Array(2 * count * k);
  // where a row has its entry for a point; what earlier rows left lies before the row's start
  const places = new Int32Array(count).fill(-1);
  for (let point = 0, at = 0; point < count; point++) {
    const start = at;
    for (let edge = point * k; edge < (point + 1) * k; edge++) {
      const other = neighbours[edge] as number;
      places[other] = at;
      ends[at] = other;
      values[at++] = conditional[edge] as number;
    }
    for (let named = naming.starts[point] as number; named < (naming.starts[point + 1] as number); named++) {
      const edge = naming.edges[named] as number;
      const other = Math.floor(edge / k);
      const share = conditional[edge] as number;
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
