/** Squared Euclidean distances from `query` [d] to each row of `points` [n × d], into `distances` [n]. */
export function squaredDistances(points: Float32Array, query: Float32Array, distances: Float32Array): void {
  const dimensions = query.length;
  for (let row = 0, at = 0; row < distances.length; row++) {
    let sum = 0;
    for (let dimension = 0; dimension < dimensions; dimension++, at++) {
      const difference = (points[at] as number) - (query[dimension] as number);
      sum += difference * difference;
    }
    distances[row] = sum;
  }
}

/** The k nearest of many points to a query, nearest first; points equally far keep the order of their indices. */
export class NearestList {
  readonly #values: Float32Array;
  readonly #indices: Int32Array;
  #count = 0;

  constructor(k: number) {
    this.#values = new Float32Array(k);
    this.#indices = new Int32Array(k);
  }

  /** Rows that the last search found, valid until the next; fewer than k when there are fewer points. */
  get indices(): Int32Array {
    return this.#indices.subarray(0, this.#count);
  }

  /** Their squared Euclidean distances. */
  get distances(): Float32Array {
    return this.#values.subarray(0, this.#count);
  }

  /** Finds them among the rows of `points` [n × d] for `query` [d], exactly; the row `except` is left out. */
  search(points: Float32Array, query: Float32Array, except = -1): void {
    const [values, indices, k, dimensions] = [this.#values, this.#indices, this.#values.length, query.length];
    const half = dimensions >> 1;
    let count = 0;
    let worst = Number.POSITIVE_INFINITY;
    for (let row = 0, start = 0; start < points.length; row++, start += dimensions) {
      let sum = 0;
      for (let dimension = 0; dimension < half; dimension++) {
        const difference = (points[start + dimension] as number) - (query[dimension] as number);
        sum += difference * difference;
      }
      // most points are too far by half of their dimensions alone
      if (sum >= worst) continue;
      for (let dimension = half; dimension < dimensions; dimension++) {
        const difference = (points[start + dimension] as number) - (query[dimension] as number);
        sum += difference * difference;
      }
      const value = Math.fround(sum);
      if (value >= worst || row === except) continue;
      let place = count < k ? count++ : k - 1;
      for (; place > 0 && (values[place - 1] as number) > value; place--) {
        values[place] = values[place - 1] as number;
        indices[place] = indices[place - 1] as number;
      }
      values[place] = value;
      indices[place] = row;
      if (count === k) worst = values[k - 1] as number;
    }
    this.#count = count;
  }
}
