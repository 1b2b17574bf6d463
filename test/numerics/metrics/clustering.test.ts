import assert from 'node:assert/strict';
import {test} from 'node:test';
import {adjustedRandIndex, normalisedMutualInformation, silhouette} from '#tfpipe/numerics/metrics/clustering.js';
import {expected, high} from './reference.js';

const at = (index: number, dimension: number): number => high.data[5 * index + dimension] ?? 0;
const classes = Array.from({length: 200}, (_, index) => Math.floor(4 * at(index, 0)));
// float32 as numpy computes it
const clusters = Array.from({length: 200}, (_, index) =>
  Math.floor(Math.fround(Math.fround(2 * at(index, 1)) + Math.fround(3 * at(index, 0)))),
);
const near = (actual: number, wanted: number): void => assert.ok(Math.abs(actual - wanted) <= 1e-6, `${actual} is not ${wanted}`);

test('mutual information, Rand index and silhouette are scikit-learn’s', async () => {
  near(normalisedMutualInformation(classes, clusters), expected.normalisedMutualInformation);
  near(adjustedRandIndex(classes, clusters), expected.adjustedRandIndex);
  near(await silhouette(high, clusters), expected.silhouette);
});

test('the same under other names scores 1; one cluster of all scores 0', () => {
  const renamed = classes.map((label) => 7 - label);
  const one = classes.map(() => 0);
  for (const score of [normalisedMutualInformation, adjustedRandIndex]) {
    near(score(classes, renamed), 1);
    near(score(classes, one), 0);
    near(score(one, one), 1);
  }
});

test('what has no silhouette, or no partner, is an error', async () => {
  await assert.rejects(silhouette(high, new Uint8Array(200)), {message: 'Expected 2 to 199 clusters of 200 points, got 1'});
  assert.throws(() => adjustedRandIndex([1, 2], [1]), RangeError);
});
