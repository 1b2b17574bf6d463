import type {HostTensor} from '../../core/host-tensor.js';
import {nearest} from '../../wasm/kernels/nearest.js';
import {ranks} from '../../wasm/kernels/ranks.js';
import {Threads} from '../../wasm/threads.js';
import {packPoints, shared} from './nearest.js';

/** Counts of examples with class a and cluster b, and with either alone. */
interface Contingency {
  readonly count: number;
  readonly both: readonly number[];
  readonly classes: readonly number[];
  readonly clusters: readonly number[];
  /** Σ over cells of f(n_ab, n_a, n_b). */
  sum(f: (both: number, inClass: number, inCluster: number) => number): number;
}

function contingency(classes: ArrayLike<number>, clusters: ArrayLike<number>): Contingency {
  if (classes.length !== clusters.length || classes.length === 0)
    throw new RangeError(`Expected as many classes as clusters, got ${classes.length} and ${clusters.length}`);
  const cells = new Map<string, number>();
  const [byClass, byCluster] = [new Map<number, number>(), new Map<number, number>()];
  const add = <K>(map: Map<K, number>, key: K): unknown => map.set(key, (map.get(key) ?? 0) + 1);
  for (let at = 0; at < classes.length; at++) {
    const [first, second] = [classes[at] as number, clusters[at] as number];
    add(byClass, first);
    add(byCluster, second);
    add(cells, `${first} ${second}`);
  }
  return {
    count: classes.length,
    both: [...cells.values()],
    classes: [...byClass.values()],
    clusters: [...byCluster.values()],
    sum: (f) =>
      [...cells].reduce((sum, [key, both]) => {
        const [first, second] = key.split(' ').map(Number) as [number, number];
        return sum + f(both, byClass.get(first) as number, byCluster.get(second) as number);
      }, 0),
  };
}

const total = (values: readonly number[], f: (value: number) => number): number =>
  values.reduce((sum, value) => sum + f(value), 0);

/**
 * Mutual information of classes and clusters over the mean of their entropies: 0 when independent, 1 when each tells the other; 1 too when
 * there is one of each. Source: Strehl and Ghosh 2002; scikit-learn's `normalized_mutual_info_score`.
 */
export function normalisedMutualInformation(classes: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const table = contingency(classes, clusters);
  const {count} = table;
  const entropy = (sizes: readonly number[]): number => -total(sizes, (size) => (size / count) * Math.log(size / count));
  const mean = (entropy(table.classes) + entropy(table.clusters)) / 2;
  if (mean === 0) return 1;
  const information = table.sum((both, first, second) => (both / count) * Math.log((both * count) / (first * second)));
  return information <= 1e-15 ? 0 : information / mean;
}

/**
 * Share of pairs on which classes and clusters agree, corrected for chance: 0 on average when independent, 1 when the same.
 * Source: Hubert and Arabie 1985; scikit-learn's `adjusted_rand_score`.
 */
export function adjustedRandIndex(classes: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const table = contingency(classes, clusters);
  const pairs = (size: number): number => (size * (size - 1)) / 2;
  const [both, first, second] = [table.both, table.classes, table.clusters].map((sizes) => total(sizes, pairs)) as [
    number,
    number,
    number,
  ];
  const expected = (first * second) / (pairs(table.count) || 1);
  const most = (first + second) / 2;
  return most === expected ? 1 : (both - expected) / (most - expected);
}

/**
 * The class of each category: the label of the example that is most surely of it, the first among equals. `probabilities`
 * float32 [examples, categories]. Source: Makhzani et al. 2015, section 6.
 */
export function classesByConfidence({data, shape}: HostTensor<'float32'>, labels: ArrayLike<number>): number[] {
  const [count = 0, categories = 0] = shape;
  return Array.from({length: categories}, (_, category) => {
    let surest = 0;
    for (let example = 1; example < count; example++)
      if ((data[example * categories + category] ?? 0) > (data[surest * categories + category] ?? 0)) surest = example;
    return labels[surest] ?? 0;
  });
}

/**
 * Mean over points of (b − a) / max(a, b), a: the mean distance to the others of its cluster, b: to those of the nearest other cluster;
 * 0 for a cluster of one. `points` float32 [n, d], Euclidean, exact over all pairs; 2 to n − 1 clusters, whole numbers from 0.
 * Source: Rousseeuw 1987; scikit-learn's `silhouette_score`.
 */
export async function silhouette(points: HostTensor<'float32'>, clusters: ArrayLike<number>): Promise<number> {
  const [count = 0, dimensions = 0] = points.shape;
  const named = new Set(Array.from(clusters));
  if (named.size < 2 || named.size > count - 1)
    throw new RangeError(`Expected 2 to ${count - 1} clusters of ${count} points, got ${named.size}`);
  const places = Math.max(...named) + 1;
  const sums = await Threads.use([nearest, ranks], async (threads) => {
    const among = shared(threads, points.data);
    const packed = packPoints(threads, among, count, dimensions);
    const labels = threads.integers(count);
    labels.set(Array.from(clusters));
    const found = threads.doubles(count * places);
    const given = [among, packed, count, dimensions, labels, places, found] as const;
    await threads.runInPieces(count, (first, chunks) => threads.run('clusterDistances', chunks, first, ...given));
    return found;
  });
  const sizes = new Float64Array(places);
  for (const cluster of Array.from(clusters)) sizes[cluster] = (sizes[cluster] as number) + 1;
  let result = 0;
  for (let point = 0; point < count; point++) {
    const own = clusters[point] as number;
    if (sizes[own] === 1) continue;
    const within = (sums[point * places + own] as number) / ((sizes[own] as number) - 1);
    let nearest = Number.POSITIVE_INFINITY;
    for (const other of named)
      if (other !== own) nearest = Math.min(nearest, (sums[point * places + other] as number) / (sizes[other] as number));
    const larger = Math.max(within, nearest);
    result += larger > 0 ? (nearest - within) / larger / count : 0;
  }
  return result;
}
