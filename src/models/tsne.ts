import {setImmediate} from 'node:timers/promises';
import {type HostTensor, hostTensor} from '../tensor/host-tensor.js';
import {principalPlane} from './pca.js';
import {QuadTree} from './quad-tree.js';
import {type Affinities, symmetricAffinities} from './tsne-affinities.js';

export interface TsneOptions {
  /** Effective number of neighbours. */
  readonly perplexity: number;
  /** Iterations in all; the first 250 (at most a third) exaggerate. */
  readonly iterations: number;
  /** Called now and then with the number of iterations done; throwing ends the computation. */
  readonly onProgress?: (done: number) => void;
}

export interface TsneResult {
  /** float32 [n, 2]. */
  readonly map: HostTensor<'float32'>;
  /** Kullback–Leibler divergence of the map's similarities from the data's, in nats. */
  readonly klDivergence: number;
}

const earlyExaggeration = 12;
/** Accuracy of the tree: a cell counts as one point when it is seen under a smaller angle. scikit-learn's default too. */
const angle = 0.5;
/** For the figure that is reported; 0.5 would be half a percent off. */
const fineAngle = 0.1;
const busyMilliseconds = 100;
/** Squared distances of larger values leave float32. */
const largest = 1e17;

/**
 * t-SNE of float32 [n, d] into the plane: exact nearest neighbours, Barnes–Hut forces, a start from the two principal components, so
 * that nothing is random and equal input gives equal output. Learning rate n / 12, momentum 0.5 while exaggerating, then 0.8.
 * Throws a RangeError when a value is not finite.
 * Sources: van der Maaten and Hinton 2008; van der Maaten 2014 (trees); Kobak and Berens 2019 (start and learning rate).
 */
export async function tsne(points: HostTensor<'float32'>, options: TsneOptions): Promise<TsneResult> {
  const [count = 0, dimensions = 0] = points.shape;
  const strange = points.data.findIndex((value) => !(Math.abs(value) <= largest));
  if (strange >= 0)
    throw new RangeError(
      `Expected codes to be numbers up to ${largest.toExponential()}, got ${points.data[strange]} in code ${Math.floor(strange / dimensions)}; did the training diverge?`,
    );
  const affinities = symmetricAffinities(points, options.perplexity);
  const map = principalPlane(points, 1e-4);
  const tree = new QuadTree(count);
  const forces = new Float64Array(2 * count);
  const velocity = new Float64Array(2 * count);
  const gains = new Float64Array(2 * count).fill(1);
  const exaggerated = Math.min(250, Math.floor(options.iterations / 3));
  const rate = Math.max(count / earlyExaggeration, 50);
  let yielded = performance.now();
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const early = iteration < exaggerated;
    gradient(map, affinities, tree, early ? earlyExaggeration : 1, forces);
    move(map, velocity, gains, forces, rate, early ? 0.5 : 0.8);
    if (performance.now() - yielded < busyMilliseconds) continue;
    options.onProgress?.(iteration + 1);
    await setImmediate();
    yielded = performance.now();
  }
  return {map: hostTensor('float32', [count, 2], Float32Array.from(map)), klDivergence: divergence(map, affinities, tree)};
}

/** Gradient of the divergence over 4: attraction Σ p q (y − y′) along neighbours, less repulsion Σ q² (y − y′) / Z from everyone. */
function gradient(map: Float64Array, affinities: Affinities, tree: QuadTree, exaggeration: number, forces: Float64Array): void {
  tree.build(map);
  const normaliser = tree.repulsion(map, angle, forces);
  const {starts, neighbours, values} = affinities;
  const count = starts.length - 1;
  for (let point = 0; point < count; point++) {
    const x = map[2 * point] as number;
    const y = map[2 * point + 1] as number;
    let pullX = 0;
    let pullY = 0;
    for (let at = starts[point] as number; at < (starts[point + 1] as number); at++) {
      const other = neighbours[at] as number;
      const dx = x - (map[2 * other] as number);
      const dy = y - (map[2 * other + 1] as number);
      const weight = (values[at] as number) / (1 + dx * dx + dy * dy);
      pullX += weight * dx;
      pullY += weight * dy;
    }
    forces[2 * point] = exaggeration * pullX - (forces[2 * point] as number) / normaliser;
    forces[2 * point + 1] = exaggeration * pullY - (forces[2 * point + 1] as number) / normaliser;
  }
}

/** One step of gradient descent with momentum and the gains of Jacobs 1988, then back to mean zero. */
function move(
  map: Float64Array,
  velocity: Float64Array,
  gains: Float64Array,
  forces: Float64Array,
  rate: number,
  momentum: number,
): void {
  let meanX = 0;
  let meanY = 0;
  for (let at = 0; at < map.length; at++) {
    const force = forces[at] as number;
    const along = force * (velocity[at] as number) < 0;
    const gain = Math.max(along ? (gains[at] as number) + 0.2 : (gains[at] as number) * 0.8, 0.01);
    gains[at] = gain;
    velocity[at] = momentum * (velocity[at] as number) - rate * gain * force;
    map[at] = (map[at] as number) + (velocity[at] as number);
    if (at % 2 === 0) meanX += map[at] as number;
    else meanY += map[at] as number;
  }
  for (let at = 0; at < map.length; at += 2) {
    map[at] = (map[at] as number) - (2 * meanX) / map.length;
    map[at + 1] = (map[at + 1] as number) - (2 * meanY) / map.length;
  }
}

function divergence(map: Float64Array, {starts, neighbours, values}: Affinities, tree: QuadTree): number {
  tree.build(map);
  const normaliser = tree.repulsion(map, fineAngle, new Float64Array(map.length));
  let sum = 0;
  for (let point = 0; point + 1 < starts.length; point++) {
    for (let at = starts[point] as number; at < (starts[point + 1] as number); at++) {
      const other = neighbours[at] as number;
      const dx = (map[2 * point] as number) - (map[2 * other] as number);
      const dy = (map[2 * point + 1] as number) - (map[2 * other + 1] as number);
      const q = 1 / (1 + dx * dx + dy * dy) / normaliser;
      const p = values[at] as number;
      if (p > 0) sum += p * Math.log(p / q);
    }
  }
  return sum;
}
