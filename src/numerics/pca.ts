import type {HostTensor} from '../core/host-tensor.js';
import {moments} from './moments.js';

const rounds = 200;

interface PrincipalAxes {
  readonly mean: Float64Array;
  /** Unit vectors, the direction of the largest variance first; zero where there is none. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * The first two principal components of points float32 [n, d], by orthogonal iteration on the covariance from a fixed start: equal
 * input gives equal output.
 */
export function principalAxes(points: HostTensor<'float32'>): PrincipalAxes {
  const [, dimensions = 0] = points.shape;
  const {mean, covariance} = moments(points, 0);
  const first = Float64Array.from({length: dimensions}, (_, index) => 1 + index / dimensions);
  const second = Float64Array.from({length: dimensions}, (_, index) => (index % 2 === 0 ? 1 : -1));
  for (let round = 0; round < rounds; round++) {
    normalise(multiply(covariance, first));
    const turned = multiply(covariance, second);
    const along = dot(turned, first);
    for (let index = 0; index < dimensions; index++) turned[index] = (turned[index] as number) - along * (first[index] as number);
    normalise(turned);
  }
  return {mean, first, second};

  /** In place: vector ← matrix · vector. */
  function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
    const result = new Float64Array(dimensions);
    for (let row = 0; row < dimensions; row++)
      result[row] = dot(matrix.subarray(row * dimensions, (row + 1) * dimensions), vector);
    vector.set(result);
    return vector;
  }
}

/**
 * The points float32 [n, d] projected on their first two principal components, [n × 2] row by row, scaled so that the first has the
 * given standard deviation.
 */
export function principalPlane(points: HostTensor<'float32'>, deviation: number): Float64Array {
  const [count = 0, dimensions = 0] = points.shape;
  const {mean, first, second} = principalAxes(points);
  const plane = new Float64Array(2 * count);
  let squares = 0;
  for (let point = 0; point < count; point++) {
    for (let index = 0; index < dimensions; index++) {
      const value = (points.data[point * dimensions + index] as number) - (mean[index] as number);
      plane[2 * point] = (plane[2 * point] as number) + value * (first[index] as number);
      plane[2 * point + 1] = (plane[2 * point + 1] as number) + value * (second[index] as number);
    }
    squares += (plane[2 * point] as number) ** 2;
  }
  const scale = deviation / Math.sqrt(squares / count || 1);
  return plane.map((value) => value * scale);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

/** A direction that has vanished (data of one dimension only) becomes zero. */
function normalise(vector: Float64Array): void {
  const length = Math.sqrt(dot(vector, vector));
  for (let index = 0; index < vector.length; index++) vector[index] = length > 1e-12 ? (vector[index] as number) / length : 0;
}
