import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {compareTensors} from '#tfpipe/tensor/compare.js';
import {statisticsOf} from '#tfpipe/tensor/statistics.js';

const vector = (...values: number[]) => hostTensor('float32', [values.length], Float32Array.from(values));

test('statistics are of the finite values, and count the others', () => {
  const {histogram, ...figures} = statisticsOf(vector(1, 2, Number.NaN, 3, Number.NEGATIVE_INFINITY, 6), 5);
  assert.deepEqual(figures, {count: 6, nan: 1, infinite: 1, min: 1, max: 6, mean: 3, deviation: Math.sqrt(3.5)});
  assert.deepEqual(histogram, [1, 1, 1, 0, 1]);
});

test('a constant tensor and one without a number have figures too', () => {
  assert.deepEqual(statisticsOf(vector(4, 4), 2), {
    count: 2,
    nan: 0,
    infinite: 0,
    min: 4,
    max: 4,
    mean: 4,
    deviation: 0,
    histogram: [2, 0],
  });
  assert(Number.isNaN(statisticsOf(vector(Number.NaN)).mean));
});

test('a comparison tells how many differ, by how much at most, and where first', () => {
  const before = hostTensor('float32', [2, 3], Float32Array.of(0, 1, 2, 3, 4, Number.NaN));
  assert.deepEqual(compareTensors(before, before), {same: true});
  const after = hostTensor('float32', [2, 3], Float32Array.of(0, 1, 2.5, 3, -4, Number.NaN));
  const told = {same: false, differing: 2, count: 6, largest: 8, first: [0, 2], before: 2, after: 2.5};
  assert.deepEqual(compareTensors(before, after), told);
  const broken = hostTensor('float32', [2, 3], Float32Array.of(0, Number.NaN, 2, 3, 4, Number.NaN));
  const one = compareTensors(before, broken);
  assert('largest' in one && Number.isNaN(one.largest) && one.differing === 1);
  assert.deepEqual(compareTensors(before, vector(1)), {same: false, unlike: ['float32 [2, 3]', 'float32 [1]']});
});
