import assert from 'node:assert/strict';
import {test} from 'node:test';
import {NearestList, squaredDistances} from '#tfpipe/models/metrics/distances.js';
import {uniform} from './reference.js';

/** All rows but one sorted by distance, then by index: what the search has to find without sorting. */
function sorted(points: Float32Array, query: Float32Array, except: number): readonly number[] {
  const distances = new Float32Array(points.length / query.length);
  squaredDistances(points, query, distances);
  const rows = Array.from(distances.keys()).filter((row) => row !== except);
  return rows.sort((a, b) => (distances[a] ?? 0) - (distances[b] ?? 0) || a - b);
}

test('the nearest are those that sorting gives, in any number of dimensions, with ties in the order of rows', () => {
  for (const dimensions of [1, 2, 5, 10]) {
    // values of three kinds only: many points are equally far, and some coincide
    const points = Float32Array.from(uniform(120 * dimensions, dimensions), (value) => Math.floor(value * 3));
    const nearest = new NearestList(13);
    for (let row = 0; row < 120; row++) {
      const except = row % 2 === 0 ? row : -1;
      const query = points.subarray(row * dimensions, (row + 1) * dimensions);
      nearest.search(points, query, except);
      const wanted = sorted(points, query, except).slice(0, 13);
      assert.deepEqual(Array.from(nearest.indices), wanted, `row ${row} of ${dimensions} dimensions`);
      const distances = new Float32Array(120);
      squaredDistances(points, query, distances);
      assert.deepEqual(
        Array.from(nearest.distances),
        wanted.map((other) => distances[other]),
      );
    }
  }
});

test('fewer points than asked for are all found; a list can be used again', () => {
  const nearest = new NearestList(5);
  nearest.search(Float32Array.of(3, 1, 2), Float32Array.of(0), 1);
  assert.deepEqual(Array.from(nearest.indices), [2, 0]);
  nearest.search(Float32Array.of(9, 8, 7, 6, 5, 4, 3), Float32Array.of(0));
  assert.deepEqual(Array.from(nearest.indices), [6, 5, 4, 3, 2]);
});
