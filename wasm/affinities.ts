// Widths of t-SNE's normal kernels.

/** Points a chunk. */
const together = 64;

/**
 * Weights exp(−β d²) of each point's k neighbours, which sum to `share`, with β such that their entropy in nats is `entropy`, found by
 * Newton's method on log β kept inside a bracket. `distances` float32 [count, k], squared, nearest first; what comes out is added to
 * `weights` float32 [count, k].
 */
export function kernelWeights(
  chunk: i32,
  _thread: i32,
  distances: usize,
  weights: usize,
  count: i32,
  k: i32,
  entropy: f64,
  share: f64,
): void {
  const row = <usize>k * 4;
  const end = min((chunk + 1) * together, count);
  for (let point = chunk * together; point < end; point++) {
    const from = distances + <usize>point * row;
    const nearest = <f64>load<f32>(from);
    let spread: f64 = 0;
    for (let at: usize = 0; at < row; at += 4) spread += <f64>load<f32>(from + at) - nearest;
    let beta: f64 = spread > 0 ? <f64>k / spread : 1;
    let low: f64 = 0;
    let high: f64 = Infinity;
    let sum: f64 = 0;
    for (let round = 0; round < 100; round++) {
      sum = 0;
      let first: f64 = 0;
      let second: f64 = 0;
      for (let at: usize = 0; at < row; at += 4) {
        const distance = <f64>load<f32>(from + at) - nearest;
        const weight = Math.exp(-beta * distance);
        sum += weight;
        first += weight * distance;
        second += weight * distance * distance;
      }
      const mean = first / sum;
      const difference = Math.log(sum) + beta * mean - entropy;
      if (Math.abs(difference) < 1e-6) break;
      if (difference > 0) low = beta;
      else high = beta;
      const slope = beta * beta * (second / sum - mean * mean);
      const next = beta * Math.exp(difference / slope);
      if (next > low && next < high && next < 1e30) beta = next;
      else if (high < Infinity) beta = (low + high) / 2;
      else if (beta < 1e30) beta *= 2;
      else break;
    }
    const to = weights + <usize>point * row;
    for (let at: usize = 0; at < row; at += 4) {
      const weight = (share / sum) * Math.exp(-beta * (<f64>load<f32>(from + at) - nearest));
      store<f32>(to + at, load<f32>(to + at) + <f32>weight);
    }
  }
}
