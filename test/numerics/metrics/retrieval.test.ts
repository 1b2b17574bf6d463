import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type HostTensor, hostTensor, rows} from '#tfpipe/core/host-tensor.js';
import {nearestPoints} from '#tfpipe/numerics/metrics/nearest.js';
import {retrievalScores, unitRows} from '#tfpipe/numerics/metrics/retrieval.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {nearest as nearestKernels} from '#tfpipe/wasm/kernels/nearest.js';
import {Threads} from '#tfpipe/wasm/threads.js';
import {expected, high} from './reference.js';

await loadTensorFlow();

const labels = hostTensor(
  'uint8',
  [200],
  Uint8Array.from({length: 200}, (_, index) => Math.floor((high.data[index * 5] ?? 0) * 4)),
);
const part = (codes: HostTensor<'float32'>, start: number, end: number) => ({
  codes: rows(codes, start, end),
  labels: rows(labels, start, end),
});
const near = (actual: number, wanted: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${actual} is not ${wanted}`);

for (const distance of ['euclidean', 'cosine'] as const)
  test(`precision and mean average precision by ${distance} distance are scikit-learn’s, wherever the codes’ mean is`, async () => {
    for (const shift of distance === 'euclidean' ? [0, 64] : [0]) {
      const codes = hostTensor(
        'float32',
        high.shape,
        Float32Array.from(high.data, (value) => value + shift),
      );
      const scores = await retrievalScores(part(codes, 0, 120), part(codes, 120, 200), {k: 10, distance});
      // what 64 takes from a float32's digits may swap two neighbours
      const tolerance = shift === 0 ? 1e-6 : 1e-3;
      near(scores.precision, expected.retrieval[distance].precision, tolerance);
      near(scores.meanAveragePrecision, expected.retrieval[distance].meanAveragePrecision, tolerance);
    }
  });

test('many equally far ones count as one step, as in scikit-learn; of those across the border as many as on average', async () => {
  const coarse = hostTensor(
    'float32',
    [200, 2],
    Float32Array.from({length: 400}, (_, at) => Math.floor(3 * (high.data[5 * (at >> 1) + (at % 2)] ?? 0))),
  );
  const scores = await retrievalScores(part(coarse, 0, 120), part(coarse, 120, 200), {k: 7, distance: 'euclidean'});
  near(scores.meanAveragePrecision, expected.tiedAveragePrecision, 1e-6);
  const same = hostTensor('float32', [4, 1], new Float32Array(4));
  const four = {codes: same, labels: hostTensor('uint8', [4], Uint8Array.of(1, 1, 1, 0))};
  const one = {codes: rows(same, 0, 1), labels: hostTensor('uint8', [1], Uint8Array.of(1))};
  assert.deepEqual(await retrievalScores(four, one, {k: 2, distance: 'euclidean'}), {
    precision: 0.75,
    meanAveragePrecision: 0.75,
  });
});

test('a gallery of nothing else scores 1, one without the class 0', async () => {
  const gallery = (label: number) => ({
    codes: rows(high, 0, 50),
    labels: hostTensor('uint8', [50], new Uint8Array(50).fill(label)),
  });
  const query = {codes: rows(high, 60, 70), labels: hostTensor('uint8', [10], new Uint8Array(10).fill(3))};
  const score = (label: number) => retrievalScores(gallery(label), query, {k: 5, distance: 'cosine'});
  assert.deepEqual(await score(3), {precision: 1, meanAveragePrecision: 1});
  assert.deepEqual(await score(2), {precision: 0, meanAveragePrecision: 0});
});

test('rows of length 1 are near each other in the order of their angles', async () => {
  const {indices} = await Threads.use([nearestKernels], (threads) => nearestPoints(threads, unitRows(high), 10));
  const cosine = (a: number, b: number): number => {
    const [first, second] = [a, b].map((row) => [...high.data.subarray(5 * row, 5 * row + 5)]) as [number[], number[]];
    return first.reduce((sum, value, at) => sum + value * (second[at] ?? 0), 0) / Math.hypot(...first) / Math.hypot(...second);
  };
  for (const point of [0, 77, 199]) {
    const others = Array.from({length: 200}, (_, other) => other).filter((other) => other !== point);
    const sorted = others.sort((a, b) => cosine(point, b) - cosine(point, a)).slice(0, 10);
    assert.deepEqual([...indices.subarray(10 * point, 10 * point + 10)], sorted);
  }
});
