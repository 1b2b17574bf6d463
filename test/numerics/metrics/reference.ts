import {readFileSync} from 'node:fs';
import {type HostTensor, hostTensor} from '#tfpipe/core/host-tensor.js';

/** The generator of test/reference/metrics_sklearn.py. */
export function uniform(count: number, seed: number): Float64Array {
  let state = BigInt(seed);
  return Float64Array.from({length: count}, () => {
    state = (1103515245n * state + 12345n) % 2n ** 31n;
    return Number(state) / 2 ** 31;
  });
}

/** 200 points in five dimensions, and a map of them that is their first two with noise. */
export const high: HostTensor<'float32'> = hostTensor('float32', [200, 5], Float32Array.from(uniform(1000, 1)));
/** 150 other points in five dimensions. */
export const other: HostTensor<'float32'> = hostTensor(
  'float32',
  [150, 5],
  Float32Array.from(uniform(750, 5), (value) => value ** 2),
);
const noise = uniform(400, 2);
export const low: HostTensor<'float32'> = hostTensor(
  'float32',
  [200, 2],
  Float32Array.from({length: 400}, (_, at) => (high.data[Math.floor(at / 2) * 5 + (at % 2)] ?? 0) + 0.3 * (noise[at] ?? 0)),
);

interface Expected {
  readonly trustworthiness: Record<string, number>;
  readonly nearestNeighbourAccuracy: number;
  readonly rankCorrelation: number;
  readonly covarianceDistance: number;
  readonly meanDistance: number;
  readonly wasserstein2: number;
  readonly frechet: number;
  readonly precision: number;
  readonly recall: number;
  readonly normalisedMutualInformation: number;
  readonly adjustedRandIndex: number;
  readonly silhouette: number;
  readonly retrieval: Record<'euclidean' | 'cosine', {readonly precision: number; readonly meanAveragePrecision: number}>;
  readonly tiedAveragePrecision: number;
}

export const expected = JSON.parse(readFileSync('test/reference/metrics_sklearn.json', 'utf8')) as Expected;
