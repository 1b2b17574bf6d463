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

/** The k smallest of many distances, nearest first; equal distances keep the order of their indices. */
export class NearestList {
  readonly #values: Float32Array;
  readonly #indices: Int32Array;
  #count = 0;

  constructor(k: number) {
    this.#values = new Float32Array(k);
    this.#indices = new Int32Array(k);
  }

  get indices(): Int32Array {
    return this.#indices.subarray(0, this.#count);
  }

  /** Finds them in `distances`; `except` is left out. */
  fill(distances: Float32Array, except = -1): void {
    const k = this.#values.length;
    this.#count = 0;
    let worst = Number.POSITIVE_INFINITY;
    for (let index = 0; index < distances.length; index++) {
      const value = distances[index] as number;
      if ((value >= worst && this.#count === k) || index === except) continue;
      let place = this.#count < k ? this.#count++ : k - 1;
      while (place > 0 && (this.#values[place - 1] as number) > value) {
        this.#values[place] = this.#values[place - 1] as number;
        this.#indices[place] = this.#indices[place - 1] as number;
        place--;
      }
      this.#values[place] = value;
      this.#indices[place] = index;
      worst = this.#values[this.#count - 1] as number;
    }
  }
}
