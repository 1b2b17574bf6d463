import {counterUniform} from '../../core/counter-random.js';
import type {HostTensor} from '../../core/host-tensor.js';

/**
 * Sliced Wasserstein-2 distance between two samples of equal size, float32 [n, d]: the root of the mean, over random directions, of
 * the squared Wasserstein-2 distance of the samples' projections, which in one dimension pairs sorted values. In the codes' own
 * unit. Source: Bonneel, Rabin, Peyré, Pfister 2015.
 */
export function slicedWasserstein(
  a: HostTensor<'float32'>,
  b: HostTensor<'float32'>,
  options: {readonly projections: number; readonly seed: number},
): number {
  const [count = 0, dimensions = 0] = a.shape;
  if (b.shape[0] !== count || b.shape[1] !== dimensions)
    throw new RangeError(`Expected samples of equal shape, got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  const directions = randomDirections(options.projections, dimensions, options.seed);
  let total = 0;
  for (const direction of directions) {
    const [first, second] = [project(a, direction).sort(), project(b, direction).sort()];
    let squares = 0;
    for (let index = 0; index < count; index++) squares += ((first[index] as number) - (second[index] as number)) ** 2;
    total += squares / count;
  }
  return Math.sqrt(total / directions.length);
}

/** Unit vectors, uniform on the sphere: normal coordinates (Box and Muller 1958), scaled to length 1. */
export function randomDirections(count: number, dimensions: number, seed: number): Float64Array[] {
  const uniform = counterUniform([seed, 0], count * dimensions * 2);
  return Array.from({length: count}, (_, row) => {
    const direction = Float64Array.from({length: dimensions}, (_, column) => {
      const at = 2 * (row * dimensions + column);
      return Math.sqrt(-2 * Math.log(1 - (uniform[at] as number))) * Math.cos(2 * Math.PI * (uniform[at + 1] as number));
    });
    const length = Math.hypot(...direction);
    return direction.map((value) => value / length);
  });
}

function project({data, shape}: HostTensor<'float32'>, direction: Float64Array): Float64Array {
  const [count = 0, dimensions = 0] = shape;
  const result = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    let sum = 0;
    for (let column = 0; column < dimensions; column++, at++) sum += (data[at] as number) * (direction[column] as number);
    result[row] = sum;
  }
  return result;
}
