import assert from 'node:assert/strict';
import {test} from 'node:test';
import {counterUniform} from '#tfpipe/core/counter-random.js';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {nearestPoints} from '#tfpipe/numerics/metrics/nearest.js';
import {nearest as nearestKernels} from '#tfpipe/wasm/kernels/nearest.js';
import {Threads} from '#tfpipe/wasm/threads.js';

/** Coordinates of few values: many points are equally far. */
const points = (seed: number, count: number, dimensions: number) =>
  hostTensor(
    'float32',
    [count, dimensions],
    Float32Array.from(counterUniform([seed, 1], count * dimensions), (value) => Math.round(4 * value) / 4),
  );

const threads = [1, 2, 5];

for (const [count, asked, dimensions, k] of [
  [7, 5, 3, 7],
  [1500, 130, 2, 12],
  [2001, 70, 11, 40],
  [90, 33, 784, 1],
] as const)
  test(`${asked} queries, ${count} points in ${dimensions} dimensions: those a sorted list begins with, on 1, 2 and 5 threads`, async () => {
    const [among, queries] = [points(1, count, dimensions), points(2, asked, dimensions)];
    const distance = (query: number, point: number, from: Float32Array): number => {
      let sum = 0;
      for (let at = 0; at < dimensions; at++)
        sum += ((from[query * dimensions + at] ?? 0) - (among.data[point * dimensions + at] ?? 0)) ** 2;
      return sum;
    };
    for (const amount of threads) {
      const found = await Threads.use([nearestKernels], (pool) => nearestPoints(pool, among, k, {queries}), amount);
      for (let query = 0; query < asked; query++) {
        const sorted = Array.from({length: count}, (_, point) => [distance(query, point, queries.data), point] as const).sort(
          (a, b) => a[0] - b[0] || a[1] - b[1],
        );
        const expected = sorted.slice(0, k);
        assert.deepEqual(
          [...found.indices.subarray(query * k, (query + 1) * k)],
          expected.map(([, point]) => point),
        );
        assert.deepEqual(
          [...found.distances.subarray(query * k, (query + 1) * k)],
          expected.map(([far]) => far),
        );
      }
    }
  });

test('without queries: the neighbours of each point, itself left out even where others coincide with it', async () => {
  const among = points(3, 301, 2);
  const {indices} = await Threads.use([nearestKernels], (pool) => nearestPoints(pool, among, 300));
  for (let point = 0; point < 301; point++)
    assert.deepEqual(
      [...indices.subarray(point * 300, (point + 1) * 300)].sort((a, b) => a - b),
      Array.from({length: 301}, (_, other) => other).filter((other) => other !== point),
    );
  await assert.rejects(
    Threads.use([nearestKernels], (pool) => nearestPoints(pool, among, 301)),
    {message: 'Expected 1 to 300 neighbours among 301 points, got 301'},
  );
});
