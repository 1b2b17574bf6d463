// Quality of a ranking by distance for a query's class.

const digits: usize = 2048;

/**
 * One query a chunk: distances float32 [queries, count] to the gallery, whose `labels` (int32 [count]) are compared with the query's own in
 * `queryLabels`. `precision` float64 ← the share of its class among the `k` nearest; `average` float64 ← average precision: the mean over
 * its class of the share of it up to there. Equal distances count as one step, as in scikit-learn; those that differ in their last bit as
 * equal. `scratch` has 8 count bytes a thread and 8 KiB.
 */
export function rankClasses(
  chunk: i32,
  thread: i32,
  distances: usize,
  count: i32,
  labels: usize,
  queryLabels: usize,
  first: i32,
  k: i32,
  precision: usize,
  average: usize,
  scratch: usize,
): void {
  const size = <usize>count * 4;
  const counts = scratch + <usize>thread * (2 * size + digits * 4);
  let from = counts + digits * 4;
  let to = from + size;
  const query = first + chunk;
  const label = load<i32>(queryLabels + ((<usize>query) << 2));
  const row = distances + <usize>chunk * size;
  for (let at: usize = 0; at < size; at += 4) {
    // bits that order as the numbers do; the last one says whether it is of the class
    const bits = load<u32>(row + at);
    const ordered = bits & 0x80000000 ? ~bits : bits | 0x80000000;
    store<u32>(from + at, (ordered & ~1) | u32(load<i32>(labels + at) === label));
  }
  for (let shift: u32 = 0; shift < 33; shift += 11) {
    memory.fill(counts, 0, digits * 4);
    for (let at: usize = 0; at < size; at += 4) {
      const place = counts + <usize>(((load<u32>(from + at) >> shift) & (<u32>digits - 1)) << 2);
      store<i32>(place, load<i32>(place) + 1);
    }
    let before = 0;
    for (let digit: usize = 0; digit < digits * 4; digit += 4) {
      const here = load<i32>(counts + digit);
      store<i32>(counts + digit, before);
      before += here;
    }
    for (let at: usize = 0; at < size; at += 4) {
      const key = load<u32>(from + at);
      const place = counts + <usize>(((key >> shift) & (<u32>digits - 1)) << 2);
      const next = load<i32>(place);
      store<i32>(place, next + 1);
      store<u32>(to + ((<usize>next) << 2), key);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  let found = 0;
  let among: f64 = 0;
  let sum: f64 = 0;
  for (let seen = 0; seen < count; ) {
    const start = seen;
    const before = found;
    const distance = load<u32>(from + ((<usize>seen) << 2)) & ~1;
    for (; seen < count && (load<u32>(from + ((<usize>seen) << 2)) & ~1) === distance; seen++)
      found += <i32>(load<u32>(from + ((<usize>seen) << 2)) & 1);
    sum += (<f64>(found - before) * <f64>found) / <f64>seen;
    // of equally far ones across the border, as many as there would be on average
    if (start < k) among += (<f64>(found - before) * <f64>(min(seen, k) - start)) / <f64>(seen - start);
  }
  store<f64>(precision + ((<usize>query) << 3), among / <f64>k);
  store<f64>(average + ((<usize>query) << 3), found > 0 ? sum / <f64>found : 0);
}
