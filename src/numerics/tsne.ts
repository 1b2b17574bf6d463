import {setImmediate} from 'node:timers/promises';
import {type HostTensor, hostTensor} from '../core/host-tensor.js';
import {nearest as nearestKernels} from '../wasm/kernels/nearest.js';
import {tsne as tsneKernels} from '../wasm/kernels/tsne.js';
import {Threads} from '../wasm/threads.js';
import {shared} from './metrics/nearest.js';
import {principalPlane} from './pca.js';
import {type Affinities, symmetricAffinities} from './tsne-affinities.js';
import {type Bounds, TsneField} from './tsne-field.js';
import type {TsneOptions} from './tsne-options.js';

interface TsneResult {
  /** float32 [n, 2]. */
  readonly map: HostTensor<'float32'>;
  /** Kullback–Leibler divergence of the map's similarities from the data's, in nats. */
  readonly klDivergence: number;
}

const earlyExaggeration = 12;
const busyMilliseconds = 100;
/** Squared distances of larger values leave float32. */
const largest = 1e17;
/** Points a chunk of wasm/tsne.ts. */
const together = 1024;

/**
 * t-SNE of float32 [n, d] into the plane: exact nearest neighbours, repulsion by interpolation on a grid, a start from the two principal
 * components, so that nothing is random and equal input gives equal output. Momentum 0.5 while exaggerating, then 0.8; learning rate
 * n over the exaggeration. Throws a RangeError when a value is not finite.
 * Sources: van der Maaten and Hinton 2008; Linderman et al. 2019 (grid); Kobak and Berens 2019 (start); Belkina et al. 2019 (rate).
 */
export async function tsne(points: HostTensor<'float32'>, options: TsneOptions): Promise<TsneResult> {
  const [, dimensions = 0] = points.shape;
  const strange = points.data.findIndex((value) => !(Math.abs(value) <= largest));
  if (strange >= 0)
    throw new RangeError(
      `Expected codes to be numbers up to ${largest.toExponential()}, got ${points.data[strange]} in code ${Math.floor(strange / dimensions)}; did the training diverge?`,
    );
  return Threads.use([nearestKernels, tsneKernels], (threads) => descend(threads, points, options), options.threads);
}

async function descend(threads: Threads, points: HostTensor<'float32'>, options: TsneOptions): Promise<TsneResult> {
  const {iterations, onProgress} = options;
  const [count = 0] = points.shape;
  const affinities = await symmetricAffinities(threads, points, options);
  const map = shared(threads, Float32Array.from(principalPlane(points, 1e-4)));
  const [repulsion, attraction, velocity] = [1, 2, 3].map(() => threads.floats(2 * count)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const gains = threads.floats(2 * count).fill(1);
  const chunks = Math.ceil(count / together);
  const chunkBounds = threads.floats(4 * chunks);
  const field = new TsneField(threads, count);
  const {starts, neighbours, values} = affinities;
  const exaggerated = Math.min(250, Math.floor(iterations / 3));
  let bounds = boundsOf(map);
  let yielded = performance.now();
  for (let iteration = 0; iteration < iterations; iteration++) {
    const early = iteration < exaggerated;
    const exaggeration = early ? earlyExaggeration : 1;
    const normaliser = field.repulsion(map, bounds, repulsion);
    threads.run('attract', chunks, map, count, starts, neighbours, values, attraction);
    const rate = Math.max(count / exaggeration, 50);
    const step = [exaggeration, normaliser, rate, early ? 0.5 : 0.8] as const;
    threads.run('move', chunks, map, count, attraction, repulsion, velocity, gains, ...step, chunkBounds);
    bounds = widest(chunkBounds);
    if (performance.now() - yielded < busyMilliseconds) continue;
    onProgress?.(iteration + 1, iterations, 'iteration');
    await setImmediate();
    yielded = performance.now();
  }
  const klDivergence = divergence(map, affinities, field.repulsion(map, bounds, repulsion));
  return {map: hostTensor('float32', [count, 2], centred(map)), klDivergence};
}

const boundsOf = (map: Float32Array): Bounds => {
  const found = {left: Infinity, bottom: Infinity, right: -Infinity, top: -Infinity};
  for (let at = 0; at < map.length; at += 2) {
    const [x, y] = [map[at] as number, map[at + 1] as number];
    found.left = Math.min(found.left, x);
    found.right = Math.max(found.right, x);
    found.bottom = Math.min(found.bottom, y);
    found.top = Math.max(found.top, y);
  }
  return found;
};

/** Union of the chunks' [left, bottom, right, top]. */
const widest = (chunks: Float32Array): Bounds => {
  const corners = Array.from({length: chunks.length / 4}, (_, chunk) => chunks.subarray(4 * chunk, 4 * chunk + 4));
  const [left = 0, bottom = 0] = [0, 1].map((at) => Math.min(...corners.map((corner) => corner[at] as number)));
  const [right = 0, top = 0] = [2, 3].map((at) => Math.max(...corners.map((corner) => corner[at] as number)));
  return {left, bottom, right, top};
};

function centred(map: Float32Array): Float32Array<ArrayBuffer> {
  const mean = [0, 0];
  for (let at = 0; at < map.length; at++) mean[at % 2] = (mean[at % 2] as number) + (2 * (map[at] as number)) / map.length;
  return Float32Array.from(map, (value, at) => value - (mean[at % 2] as number));
}

function divergence(map: Float32Array, {starts, neighbours, values}: Affinities, normaliser: number): number {
  let sum = 0;
  for (let point = 0; point + 1 < starts.length; point++) {
    for (let at = starts[point] as number; at < (starts[point + 1] as number); at++) {
      const other = neighbours[at] as number;
      const dx = (map[2 * point] as number) - (map[2 * other] as number);
      const dy = (map[2 * point + 1] as number) - (map[2 * other + 1] as number);
      const p = values[at] as number;
      if (p > 0) sum += p * Math.log(p * normaliser * (1 + dx * dx + dy * dy));
    }
  }
  return sum;
}
