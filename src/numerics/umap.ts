import {setImmediate} from 'node:timers/promises';
import {UMAP} from 'umap-js';
import {uniformStream} from '../core/counter-random.js';
import {type HostTensor, hostTensor} from '../core/host-tensor.js';
import {nearest as nearestKernels} from '../wasm/kernels/nearest.js';
import {Threads} from '../wasm/threads.js';
import {nearestPoints} from './metrics/nearest.js';

interface UmapOptions {
  /** Points that each is tied to, itself among them. */
  readonly nearest: number;
  /** Smallest distance of points on the map. */
  readonly minDistance: number;
  readonly spread: number;
  readonly dimensions: number;
  /** By default 500, and 200 for more than 10,000 points. */
  readonly iterations?: number;
  readonly seed: number;
  /** Called now and then with what is done of `total`; throwing ends the computation. */
  readonly onProgress?: (done: number, total: number, unit: 'code' | 'iteration') => void;
}

const busyMilliseconds = 100;

/**
 * UMAP of float32 [n, d] → float32 [n, dimensions], by umap-js on exact neighbours of our own. A random start from the seed: equal
 * input and seed give equal output. Throws a RangeError when a value is not finite.
 * Source: McInnes, Healy, Melville: UMAP, 2018, arXiv:1802.03426.
 */
export async function umap(points: HostTensor<'float32'>, options: UmapOptions): Promise<HostTensor<'float32'>> {
  const {nearest, minDistance, spread, dimensions, iterations, seed, onProgress} = options;
  const [count = 0, size = 0] = points.shape;
  const strange = points.data.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0)
    throw new RangeError(
      `Expected codes to be finite, got ${points.data[strange]} in code ${Math.floor(strange / size)}; did the training diverge?`,
    );
  const others = nearest - 1;
  const found = await Threads.use([nearestKernels], (threads) =>
    nearestPoints(threads, points, others, {onRows: (done) => onProgress?.(done, count, 'code')}),
  );
  const row = (values: Int32Array | Float32Array, index: number): number[] => [
    ...values.subarray(index * others, (index + 1) * others),
  ];
  const each = <T>(make: (index: number) => T): T[] => Array.from({length: count}, (_, index) => make(index));
  const fit = new UMAP({
    nNeighbors: nearest,
    minDist: minDistance,
    spread,
    nComponents: dimensions,
    ...(iterations !== undefined && {nEpochs: iterations}),
    random: uniformStream([seed, 0]),
  });
  fit.setPrecomputedKNN(
    each((index) => [index, ...row(found.indices, index)]),
    each((index) => [0, ...row(found.distances, index).map(Math.sqrt)]),
  );
  const total = fit.initializeFit(each((index) => [...points.data.subarray(index * size, (index + 1) * size)]));
  let yielded = performance.now();
  for (let done = 1; done <= total; done++) {
    fit.step();
    if (performance.now() - yielded < busyMilliseconds) continue;
    onProgress?.(done, total, 'iteration');
    await setImmediate();
    yielded = performance.now();
  }
  return hostTensor('float32', [count, dimensions], Float32Array.from(fit.getEmbedding().flat()));
}
