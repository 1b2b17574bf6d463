import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor, rows} from '#tfpipe/core/host-tensor.js';
import {momentsDistance} from '#tfpipe/numerics/metrics/moments-distance.js';
import {nearestNeighbourAccuracy} from '#tfpipe/numerics/metrics/nearest-neighbour.js';
import {randomDirections, slicedWasserstein} from '#tfpipe/numerics/metrics/sliced-wasserstein.js';
import {trustworthiness} from '#tfpipe/numerics/metrics/trustworthiness.js';
import {measureStroke, rankCorrelation} from '#tfpipe/numerics/strokes.js';
import {expected, high, low, uniform} from './reference.js';

const near = (actual: number, wanted: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${actual} is not ${wanted}`);

test('trustworthiness is scikit-learn’s', async () => {
  for (const [k, value] of Object.entries(expected.trustworthiness))
    near(await trustworthiness(high, low, Number(k)), value, 1e-6);
  assert.equal(await trustworthiness(high, high, 12), 1);
});

test('the accuracy of ten nearest neighbours is scikit-learn’s', async () => {
  const labels = hostTensor(
    'uint8',
    [200],
    Uint8Array.from({length: 200}, (_, index) => Math.floor((high.data[index * 5] ?? 0) * 4)),
  );
  const part = (start: number, end: number) => ({codes: rows(high, start, end), labels: rows(labels, start, end)});
  near(await nearestNeighbourAccuracy(part(0, 120), part(120, 200), 10), expected.nearestNeighbourAccuracy, 1e-12);
});

test('mean and covariance distances are numpy’s', () => {
  const {mean, covariance} = momentsDistance(high, 2);
  near(mean, expected.meanDistance, 1e-6);
  near(covariance, expected.covarianceDistance, 1e-6);
});

test('in one dimension the sliced distance is the Wasserstein-2 distance of sorted values', () => {
  const column = (values: Float64Array) => hostTensor('float32', [50, 1], Float32Array.from(values));
  const [a, b] = [column(uniform(50, 3)), column(uniform(50, 4).map((value) => value * 2))];
  near(slicedWasserstein(a, b, {projections: 7, seed: 1}), expected.wasserstein2, 1e-6);
});

test('a shift by a vector is its length over √d on average, and nothing is far from itself', () => {
  const shifted = hostTensor(
    'float32',
    [200, 5],
    high.data.map((value, at) => value + (at % 5 === 2 ? 3 : 0)),
  );
  near(slicedWasserstein(high, shifted, {projections: 4000, seed: 5}), 3 / Math.sqrt(5), 0.05);
  assert.equal(slicedWasserstein(high, high, {projections: 10, seed: 5}), 0);
});

test('random directions have length 1 and no preferred side', () => {
  const directions = randomDirections(4000, 3, 9);
  for (const direction of directions) near(Math.hypot(...direction), 1, 1e-12);
  for (const axis of [0, 1, 2]) near(directions.reduce((sum, direction) => sum + (direction[axis] ?? 0), 0) / 4000, 0, 0.03);
});

test('rank correlation with ties is scipy’s', () => {
  const tenths = (values: Float64Array): number[] => Array.from(values, (value) => Math.round(value * 10) / 10);
  near(rankCorrelation(tenths(uniform(50, 3)), tenths(uniform(50, 4).map((value) => value * 2))), expected.rankCorrelation, 1e-9);
});

test('ink is the mean grey; slant is the drift of a line a row upwards', () => {
  const line = (drift: number): Float32Array => {
    const image = new Float32Array(81);
    for (let y = 0; y < 9; y++) image[y * 9 + 4 + Math.round((4 - y) * drift)] = 1;
    return image;
  };
  assert.deepEqual(measureStroke(line(0), 9, 9), {ink: 1 / 9, slant: 0});
  near(measureStroke(line(1), 9, 9).slant, 1, 1e-12);
  near(measureStroke(line(-0.5), 9, 9).slant, -0.5, 0.1);
  assert.deepEqual(measureStroke(new Float32Array(81), 9, 9), {ink: 0, slant: 0});
});
