import assert from 'node:assert/strict';
import {test} from 'node:test';
import {EigenvalueDecomposition, Matrix} from 'ml-matrix';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {moments} from '#tfpipe/numerics/moments.js';
import {principalAxes} from '#tfpipe/numerics/pca.js';

test('the principal axes are the leading eigenvectors of the covariance', () => {
  const [count, size] = [200, 6];
  const values = Float32Array.from(
    {length: count * size},
    (_, at) => Math.sin(7.3 * at + Math.floor(at / size)) * (1 + (at % size)) + Math.cos(Math.floor(at / size)) * (at % 2),
  );
  const points = hostTensor('float32', [count, size], values);
  const {mean, first, second} = principalAxes(points);
  for (const [dimension, value] of mean.entries()) {
    const column = Array.from({length: count}, (_, index) => values[index * size + dimension] as number);
    assert.ok(Math.abs(value - column.reduce((sum, each) => sum + each, 0) / count) < 1e-6);
  }
  const {covariance} = moments(points, 0);
  const {eigenvectorMatrix} = new EigenvalueDecomposition(Matrix.from1DArray(size, size, [...covariance]), {
    assumeSymmetric: true,
  });
  // eigenvalues in ascending order; a direction has two signs
  for (const [axis, column] of [
    [first, size - 1],
    [second, size - 2],
  ] as const) {
    const along = axis.reduce((sum, value, dimension) => sum + value * eigenvectorMatrix.get(dimension, column), 0);
    assert.ok(Math.abs(Math.abs(along) - 1) < 1e-9, `|cosine| ${along}`);
  }
});
