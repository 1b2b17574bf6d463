import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {type HostTensor, hostTensor, rows} from '#tfpipe/core/host-tensor.js';
import {principalPlane} from '#tfpipe/numerics/pca.js';
import {tsne} from '#tfpipe/numerics/tsne.js';
import {type Affinities, symmetricAffinities} from '#tfpipe/numerics/tsne-affinities.js';
import {TsneField} from '#tfpipe/numerics/tsne-field.js';
import {nearest as nearestKernels} from '#tfpipe/wasm/kernels/nearest.js';
import {tsne as tsneKernels} from '#tfpipe/wasm/kernels/tsne.js';
import {Threads} from '#tfpipe/wasm/threads.js';
import {uniform} from './metrics/reference.js';

interface Expected {
  readonly jointFirstRow: readonly number[];
  readonly jointSquares: number;
  readonly planeRatio: number;
  readonly planeFirst: readonly (readonly [number, number])[];
  readonly klDivergence: number;
}

const expected = JSON.parse(readFileSync('test/reference/tsne_sklearn.json', 'utf8')) as Expected;
const count = 200;
const points = hostTensor(
  'float32',
  [count, 5],
  Float32Array.from(uniform(5 * count, 1), (value, at) => Math.fround(value) * (5 - (at % 5))),
);

const near = (actual: number, wanted: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${actual} is not ${wanted}`);

/** Similarities as a full matrix, row by row. */
function dense({starts, neighbours, values}: Affinities): Float64Array {
  const size = starts.length - 1;
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at++) {
      const place = row * size + (neighbours[at] ?? 0);
      assert.equal(matrix[place], 0, 'one entry for a pair');
      matrix[place] = values[at] ?? 0;
    }
  return matrix;
}

/** All pairs' q = 1 / (1 + |p − p′|²), and from them Σ q and Σ q² (p − p′): what the tree approximates. */
function allPairs(map: ArrayLike<number>): {readonly total: number; readonly forces: Float64Array} {
  const forces = new Float64Array(map.length);
  let total = 0;
  for (let a = 0; a < map.length; a += 2)
    for (let b = 0; b < map.length; b += 2) {
      if (a === b) continue;
      const [dx, dy] = [(map[a] ?? 0) - (map[b] ?? 0), (map[a + 1] ?? 0) - (map[b + 1] ?? 0)];
      const q = 1 / (1 + dx * dx + dy * dy);
      total += q;
      forces[a] = (forces[a] ?? 0) + q * q * dx;
      forces[a + 1] = (forces[a + 1] ?? 0) + q * q * dy;
    }
  return {total, forces};
}

const norm = (values: Float64Array): number => Math.hypot(...values);
const apart = (a: Float64Array, b: Float64Array): number => norm(a.map((value, at) => value - (b[at] ?? 0))) / norm(b);

const affinities = (given: HostTensor<'float32'>, perplexity: number | readonly number[], exact = false) =>
  Threads.use([nearestKernels, tsneKernels], async (threads) =>
    dense(await symmetricAffinities(threads, given, {perplexity, exact})),
  );

test('similarities are scikit-learn’s', async () => {
  const matrix = await affinities(rows(points, 0, 25), 8);
  for (const [column, value] of expected.jointFirstRow.entries()) near(matrix[column] ?? 0, value, 2e-6);
  near(
    matrix.reduce((sum, value) => sum + value * value, 0),
    expected.jointSquares,
    1e-6,
  );
});

test('similarities of the nearest only: symmetric, sum 1, none with oneself', async () => {
  const matrix = await affinities(points, 10);
  near(
    matrix.reduce((sum, value) => sum + value, 0),
    1,
    1e-6,
  );
  for (let a = 0; a < count; a++) {
    assert.equal(matrix[a * count + a], 0);
    for (let b = 0; b < a; b++) near(matrix[a * count + b] ?? 0, matrix[b * count + a] ?? 0, 1e-10);
  }
});

test('exact similarities are of all pairs and near those of the nearest; those of two perplexities are their mean', async () => {
  const exact = await affinities(points, 10, true);
  assert.equal(exact.filter((value) => value > 0).length, count * (count - 1));
  assert.ok(apart(await affinities(points, 10), exact) < 0.05);
  const [ten, thirty, both] = [exact, await affinities(points, 30, true), await affinities(points, [10, 30], true)];
  assert.ok(
    apart(
      both,
      ten.map((value, at) => (value + (thirty[at] ?? 0)) / 2),
    ) < 1e-6,
  );
});

test('the start is numpy’s principal plane, up to the directions’ signs', () => {
  const plane = principalPlane(points, 1);
  const deviation = (axis: number): number =>
    Math.sqrt(plane.reduce((sum, value, at) => sum + (at % 2 === axis ? value ** 2 : 0), 0) / count);
  near(deviation(0), 1, 1e-9);
  near(deviation(1), expected.planeRatio, 1e-4);
  for (const [row, wanted] of expected.planeFirst.entries())
    for (const axis of [0, 1] as const) near(Math.abs(plane[2 * row + axis] ?? 0), wanted[axis], 1e-3);
});

for (const [what, span, sumWithin, forcesWithin] of [
  ['a small map', 3, 1e-4, 2e-3],
  ['a map as dense as those of thousands', 30, 1e-5, 0.01],
  ['a map of points far apart', 300, 1e-5, 0.01],
] as const)
  test(`the grid’s sums are those over all pairs: ${what}, on any number of threads`, async () => {
    const given = uniform(2 * 1000, 8).map((value, at) => span * value * (at % 2 === 0 ? 1 : 0.7));
    const found = await Promise.all(
      [1, 2, 3].map((amount) =>
        Threads.use(
          [nearestKernels, tsneKernels],
          async (threads) => {
            const [map, repulsion] = [threads.floats(2000), threads.floats(2000)];
            map.set(given);
            const bounds = {left: 0, bottom: 0, right: span, top: 0.7 * span};
            const field = new TsneField(threads, 1000);
            // a grid of another size first
            field.repulsion(map, {...bounds, right: 2.5 * span}, repulsion);
            const total = field.repulsion(map, bounds, repulsion);
            return {total, forces: Float64Array.from(repulsion)};
          },
          amount,
        ),
      ),
    );
    const [first] = found;
    assert.ok(first);
    for (const other of found) assert.deepEqual(other, first);
    const exact = allPairs(Float32Array.from(given));
    near(first.total / exact.total, 1, sumWithin);
    assert.ok(apart(first.forces, exact.forces) < forcesWithin, `forces are ${apart(first.forces, exact.forces)} apart`);
  });

test('the map is a minimum: as low as scikit-learn’s, and flat', async () => {
  const {map, klDivergence} = await tsne(points, {perplexity: 20, iterations: 2000});
  // minima differ: from other starts scikit-learn's own lie between 0.59 and 0.63
  assert.ok(klDivergence <= expected.klDivergence * 1.01, `${klDivergence} is above ${expected.klDivergence}`);

  const similarities = await affinities(points, 20);
  const {total, forces} = allPairs(map.data);
  const [attraction, repulsion] = [new Float64Array(2 * count), forces.map((force) => force / total)];
  let divergence = 0;
  for (let a = 0; a < count; a++)
    for (let b = 0; b < count; b++) {
      const p = similarities[a * count + b] ?? 0;
      if (p === 0) continue;
      const [dx, dy] = [0, 1].map((axis) => (map.data[2 * a + axis] ?? 0) - (map.data[2 * b + axis] ?? 0)) as [number, number];
      const q = 1 / (1 + dx * dx + dy * dy);
      divergence += p * Math.log((p * total) / q);
      attraction[2 * a] = (attraction[2 * a] ?? 0) + p * q * dx;
      attraction[2 * a + 1] = (attraction[2 * a + 1] ?? 0) + p * q * dy;
    }
  near(klDivergence, divergence, 1e-3);
  // where the gradient, their difference, is nought, the two balance at every point
  assert.ok(apart(attraction, repulsion) < 0.03, `attraction and repulsion are ${apart(attraction, repulsion)} apart`);
});

test('equal points give equal maps, whatever the number of threads; progress is told and may stop it', async () => {
  const [first, second] = [
    await tsne(points, {perplexity: 20, iterations: 60, threads: 1}),
    await tsne(points, {perplexity: 20, iterations: 60, threads: 3}),
  ];
  assert.deepEqual(first, second);
  const stop = new Error('stop');
  const stopped = tsne(points, {
    perplexity: 20,
    iterations: 1_000_000,
    onProgress: () => {
      throw stop;
    },
  });
  await assert.rejects(stopped, stop);
});

test('codes without spread, or with many that coincide, give a finite map', async () => {
  const made = (value: (row: number) => number): HostTensor<'float32'> =>
    hostTensor(
      'float32',
      [count, 3],
      Float32Array.from({length: 3 * count}, (_, at) => value(Math.floor(at / 3))),
    );
  for (const [name, codes] of Object.entries({
    same: made(() => 3),
    two: made((row) => row % 2),
    outlier: made((row) => (row === 0 ? 1e6 : row / 100)),
  })) {
    const {map, klDivergence} = await tsne(codes, {perplexity: 10, iterations: 100});
    assert.ok(map.data.every(Number.isFinite) && Number.isFinite(klDivergence), name);
  }
});

test('a code that is not a number is named', async () => {
  for (const [value, told] of [
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ] as const) {
    const data = points.data.slice();
    data[37] = value;
    await assert.rejects(tsne(hostTensor('float32', [count, 5], data), {perplexity: 20, iterations: 60}), {
      message: `Expected codes to be numbers up to 1e+17, got ${told} in code 7; did the training diverge?`,
    });
  }
});
