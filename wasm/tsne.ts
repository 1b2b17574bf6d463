// One iteration of t-SNE beside the convolution: masses onto the grid, forces from it and from neighbours, the step. Points of the map are
// float32 pairs; on the grid each is a cubic B-spline over 4 × 4 nodes.

/** Points a chunk. */
const together = 1024;
const sixth: f32 = 1.0 / 6.0;

/** Values at the four nodes around a point that lies `t` (0 to 1) past the second. */
function spline(t: f32): v128 {
  const u: f32 = 1 - t;
  const first = u * u * u * sixth;
  const last = t * t * t * sixth;
  const second: f32 = (4 - 6 * t * t + 3 * t * t * t) * sixth;
  return f32x4(first, second, 1 - first - second - last, last);
}

/** Their derivatives by t. */
function slope(t: f32): v128 {
  const u: f32 = 1 - t;
  const first: f32 = -0.5 * u * u;
  const last: f32 = 0.5 * t * t;
  const second: f32 = (1.5 * t - 2) * t;
  return f32x4(first, second, -first - second - last, last);
}

function total(values: v128): f32 {
  return (
    f32x4.extract_lane(values, 0) +
    f32x4.extract_lane(values, 1) +
    (f32x4.extract_lane(values, 2) + f32x4.extract_lane(values, 3))
  );
}

/** A band of `bandRows` rows a chunk: `field` float32 [rows, pitch] ← the sum of all points' splines, in the order of the points. */
export function spread(
  chunk: i32,
  _thread: i32,
  map: usize,
  count: i32,
  left: f32,
  bottom: f32,
  perUnit: f32,
  field: usize,
  rows: i32,
  pitch: i32,
  bandRows: i32,
): void {
  const begin = chunk * bandRows;
  const end = min(begin + bandRows, rows);
  const line = <usize>pitch * 4;
  memory.fill(field + <usize>begin * line, 0, <usize>max(end - begin, 0) * line);
  for (let point = 0; point < count; point++) {
    const at = map + ((<usize>point) << 3);
    const y = (load<f32>(at, 4) - bottom) * perUnit;
    const row = <i32>y;
    if (row + 2 < begin || row - 1 >= end) continue;
    const x = (load<f32>(at) - left) * perUnit;
    const column = <i32>x;
    const across = spline(x - <f32>column);
    const up = spline(y - <f32>row);
    const to = field + <usize>(row - 1) * line + ((<usize>(column - 1)) << 2);
    if (row - 1 >= begin && row - 1 < end) add(to, f32x4.mul(across, f32x4.splat(f32x4.extract_lane(up, 0))));
    if (row >= begin && row < end) add(to + line, f32x4.mul(across, f32x4.splat(f32x4.extract_lane(up, 1))));
    if (row + 1 >= begin && row + 1 < end) add(to + 2 * line, f32x4.mul(across, f32x4.splat(f32x4.extract_lane(up, 2))));
    if (row + 2 >= begin && row + 2 < end) add(to + 3 * line, f32x4.mul(across, f32x4.splat(f32x4.extract_lane(up, 3))));
  }
}

function add(to: usize, values: v128): void {
  v128.store(to, f32x4.add(v128.load(to), values));
}

/**
 * `repulsion` float32 [count, 2] ← Σ q² (y − y′) over all others y′, which is minus half the slope of Σ q as the grid's `field` has it;
 * `sums` float64 [chunks] ← Σ q over the chunk's points and all others, q = 1 / (1 + |y − y′|²). What a point's own spline adds to both is
 * taken off: `own` float32 [32, 32, 4] has its q and its forces along x and y by where it lies between nodes, y first.
 */
export function repel(
  chunk: i32,
  _thread: i32,
  map: usize,
  count: i32,
  left: f32,
  bottom: f32,
  perUnit: f32,
  field: usize,
  pitch: i32,
  own: usize,
  repulsion: usize,
  sums: usize,
): void {
  const end = min((chunk + 1) * together, count);
  const line = <usize>pitch * 4;
  let sum: f64 = 0;
  for (let point = chunk * together; point < end; point++) {
    const at = map + ((<usize>point) << 3);
    const x = (load<f32>(at) - left) * perUnit;
    const y = (load<f32>(at, 4) - bottom) * perUnit;
    const column = <i32>x;
    const row = <i32>y;
    const from = field + <usize>(row - 1) * line + ((<usize>(column - 1)) << 2);
    const values0 = v128.load(from);
    const values1 = v128.load(from + line);
    const values2 = v128.load(from + 2 * line);
    const values3 = v128.load(from + 3 * line);
    const up = spline(y - <f32>row);
    const upSlope = slope(y - <f32>row);
    const inRow = combine(values0, values1, values2, values3, up);
    const betweenRows = combine(values0, values1, values2, values3, upSlope);
    const across = spline(x - <f32>column);
    const itself = own + ((<usize>(<i32>((y - <f32>row) * 32) * 32 + <i32>((x - <f32>column) * 32))) << 4);
    sum += <f64>(total(f32x4.mul(inRow, across)) - load<f32>(itself));
    const to = repulsion + ((<usize>point) << 3);
    store<f32>(to, -0.5 * perUnit * total(f32x4.mul(inRow, slope(x - <f32>column))) - load<f32>(itself, 4));
    store<f32>(to, -0.5 * perUnit * total(f32x4.mul(betweenRows, across)) - load<f32>(itself, 8), 4);
  }
  store<f64>(sums + ((<usize>chunk) << 3), sum);
}

function combine(a: v128, b: v128, c: v128, d: v128, factors: v128): v128 {
  const ab = f32x4.add(
    f32x4.mul(a, v128.shuffle<f32>(factors, factors, 0, 0, 0, 0)),
    f32x4.mul(b, v128.shuffle<f32>(factors, factors, 1, 1, 1, 1)),
  );
  const cd = f32x4.add(
    f32x4.mul(c, v128.shuffle<f32>(factors, factors, 2, 2, 2, 2)),
    f32x4.mul(d, v128.shuffle<f32>(factors, factors, 3, 3, 3, 3)),
  );
  return f32x4.add(ab, cd);
}

/**
 * `attraction` float32 [count, 2] ← Σ p q (y − y′) over the neighbours y′ of each point: those between `starts`[point] and
 * `starts`[point + 1] in `neighbours` (int32) and `values` (float32).
 */
export function attract(
  chunk: i32,
  _thread: i32,
  map: usize,
  count: i32,
  starts: usize,
  neighbours: usize,
  values: usize,
  attraction: usize,
): void {
  const end = min((chunk + 1) * together, count);
  const one = f32x4.splat(1);
  for (let point = chunk * together; point < end; point++) {
    const at = map + ((<usize>point) << 3);
    const x = v128.load32_splat(at);
    const y = v128.load32_splat(at + 4);
    let edge = (<usize>load<i32>(starts + ((<usize>point) << 2))) << 2;
    const last = (<usize>load<i32>(starts + ((<usize>point) << 2), 4)) << 2;
    let sumX = f32x4.splat(0);
    let sumY = f32x4.splat(0);
    for (; edge + 16 <= last; edge += 16) {
      const first = v128.load64_zero(map + ((<usize>load<i32>(neighbours + edge)) << 3));
      const second = v128.load64_zero(map + ((<usize>load<i32>(neighbours + edge, 4)) << 3));
      const third = v128.load64_zero(map + ((<usize>load<i32>(neighbours + edge, 8)) << 3));
      const fourth = v128.load64_zero(map + ((<usize>load<i32>(neighbours + edge, 12)) << 3));
      const firstTwo = v128.shuffle<f32>(first, second, 0, 4, 1, 5);
      const lastTwo = v128.shuffle<f32>(third, fourth, 0, 4, 1, 5);
      const dx = f32x4.sub(x, v128.shuffle<f64>(firstTwo, lastTwo, 0, 2));
      const dy = f32x4.sub(y, v128.shuffle<f64>(firstTwo, lastTwo, 1, 3));
      const far = f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)));
      const weight = f32x4.div(v128.load(values + edge), far);
      sumX = f32x4.add(sumX, f32x4.mul(weight, dx));
      sumY = f32x4.add(sumY, f32x4.mul(weight, dy));
    }
    let restX = total(sumX);
    let restY = total(sumY);
    for (; edge < last; edge += 4) {
      const other = map + ((<usize>load<i32>(neighbours + edge)) << 3);
      const dx = load<f32>(at) - load<f32>(other);
      const dy = load<f32>(at, 4) - load<f32>(other, 4);
      const weight = load<f32>(values + edge) / (1 + dx * dx + dy * dy);
      restX += weight * dx;
      restY += weight * dy;
    }
    store<f32>(attraction + ((<usize>point) << 3), restX);
    store<f32>(attraction + ((<usize>point) << 3), restY, 4);
  }
}

/**
 * A step of gradient descent with momentum and the gains of Jacobs 1988: force = exaggeration × attraction − repulsion / normaliser.
 * `bounds` float32 [chunks, 4] ← the least x, the least y, the largest x, the largest y of the chunk's points.
 */
export function move(
  chunk: i32,
  _thread: i32,
  map: usize,
  count: i32,
  attraction: usize,
  repulsion: usize,
  velocity: usize,
  gains: usize,
  exaggeration: f32,
  normaliser: f64,
  rate: f32,
  momentum: f32,
  bounds: usize,
): void {
  const begin = (<usize>(chunk * together)) << 3;
  const end = (<usize>min((chunk + 1) * together, count)) << 3;
  const share = <f32>(1 / normaliser);
  let least = f32x4.splat(Infinity);
  let most = f32x4.splat(-Infinity);
  for (let at = begin; at < end; at += 4) {
    const force = exaggeration * load<f32>(attraction + at) - share * load<f32>(repulsion + at);
    const before = load<f32>(velocity + at);
    let gain = load<f32>(gains + at);
    gain = force * before < 0 ? gain + 0.2 : max<f32>(gain * 0.8, 0.01);
    store<f32>(gains + at, gain);
    const after = momentum * before - rate * gain * force;
    store<f32>(velocity + at, after);
    store<f32>(map + at, load<f32>(map + at) + after);
  }
  for (let at = begin; at < end; at += 8) {
    const place = v128.load64_splat(map + at);
    least = f32x4.min(least, place);
    most = f32x4.max(most, place);
  }
  v128.store(bounds + ((<usize>chunk) << 4), v128.shuffle<f64>(least, most, 0, 2));
}
