import assert from 'node:assert/strict';
import {test} from 'node:test';
import {affine, meanAndDeviation, smallestValue} from '#tfpipe/core/affine.js';
import {hostTensor} from '#tfpipe/core/host-tensor.js';

test('bytes, integers and floats are treated alike: computed in float64, rounded once', () => {
  const values = [0, 1, 127, 254, 255];
  const wanted = values.map((value) => Math.fround(value * 0.1 - 0.3));
  for (const tensor of [
    hostTensor('uint8', [5], Uint8Array.from(values)),
    hostTensor('int32', [5], Int32Array.from(values)),
    hostTensor('float32', [5], Float32Array.from(values)),
  ]) {
    const result = affine(tensor, 0.1, -0.3);
    assert.deepEqual([result.dtype, result.shape, Array.from(result.data)], ['float32', [5], wanted], tensor.dtype);
  }
});

test('mean and deviation survive an offset that float32 sums do not', () => {
  // ±1 around 10⁴: a sum of squares in float32 would leave nothing of the deviation
  const data = Float32Array.from({length: 1_000_000}, (_, index) => 10_000 + (index % 2 === 0 ? 1 : -1));
  assert.deepEqual(meanAndDeviation(hostTensor('float32', [1_000_000], data)), {mean: 10_000, deviation: 1});
});

test('the smallest value is that of what the bytes stand for, also when the map turns them over', () => {
  const bytes = hostTensor('uint8', [3], Uint8Array.of(10, 200, 30));
  assert.equal(smallestValue(bytes), 10);
  assert.equal(smallestValue({...bytes, affine: {scale: 0.5, offset: -7}}), -2);
  assert.equal(smallestValue({...bytes, affine: {scale: -1, offset: 255}}), 55);
});
