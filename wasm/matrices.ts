// Dense matrices, row-major with rows of `stride` values, a multiple of 8: float32 data, float64 sums.

export function row32(base: usize, row: i32, stride: i32): usize {
  return base + ((<usize>row * <usize>stride) << 2);
}

export function row64(base: usize, row: i32, stride: i32): usize {
  return base + ((<usize>row * <usize>stride) << 3);
}

/** a · b, float32 of `stride` values each. */
export function dot32(a: usize, b: usize, stride: i32): f64 {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  for (const end = row32(a, 1, stride); a < end; a += 32, b += 32) {
    sum0 = f32x4.add(sum0, f32x4.mul(v128.load(a), v128.load(b)));
    sum1 = f32x4.add(sum1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
  }
  const sum = f32x4.add(sum0, sum1);
  const even = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 2);
  return <f64>(even + (f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 3)));
}

/** a · b, float64 of `length` values each. */
export function dot64(a: usize, b: usize, length: i32): f64 {
  let sum0: f64 = 0;
  let sum1: f64 = 0;
  const even = a + ((<usize>length & ~1) << 3);
  for (; a < even; a += 16, b += 16) {
    sum0 += load<f64>(a) * load<f64>(b);
    sum1 += load<f64>(a, 8) * load<f64>(b, 8);
  }
  return length & 1 ? sum0 + sum1 + load<f64>(a) * load<f64>(b) : sum0 + sum1;
}

/** sums += factor · row, float32 of `stride` values each. */
export function addRow(sums: usize, factor: f32, row: usize, stride: i32): void {
  const factors = f32x4.splat(factor);
  for (const end = row32(sums, 1, stride); sums < end; sums += 16, row += 16)
    v128.store(sums, f32x4.add(v128.load(sums), f32x4.mul(factors, v128.load(row))));
}

/** totals float64 += sums float32, which become zero. */
export function spill(sums: usize, totals: usize, stride: i32): void {
  for (const end = row32(sums, 1, stride); sums < end; sums += 4, totals += 8) {
    store<f64>(totals, load<f64>(totals) + <f64>load<f32>(sums));
    store<f32>(sums, 0);
  }
}

/** Rows whose products are added up in float32 before they go into float64. */
const depth: i32 = 64;
/** Bytes of eight float32. */
const block: usize = 32;

/**
 * Lower triangle of gram += sign · Σ weight · x xᵀ over the rows listed. `packed` holds 64 rows.
 * A tile of 4×8 sums stays in registers while 64 rows go by.
 */
export function addGram(
  x: usize,
  stride: i32,
  listed: usize,
  weights: usize,
  count: i32,
  sign: f64,
  packed: usize,
  gram: usize,
): void {
  const blocks = stride >> 3;
  const across = block * <usize>depth;
  for (let first = 0; first < count; first += depth) {
    const rows = min(depth, count - first);
    for (let place = 0; place < rows; place++) {
      const at = (<usize>(first + place)) << 2;
      packRow(row32(x, load<i32>(listed + at), stride), load<f32>(weights + at), packed + <usize>place * block, blocks, across);
    }
    for (let down = 0; down < blocks; down++) {
      const left = packed + <usize>down * across;
      for (let right = 0; right <= down; right++) {
        const other = packed + <usize>right * across;
        const out = row64(gram, down << 3, stride) + ((<usize>right * block) << 1);
        addTile(left, other, rows, sign, out, stride);
        addTile(left + 16, other, rows, sign, row64(out, 4, stride), stride);
      }
    }
  }
}

/** √weight · x, its blocks of eight `across` bytes apart. */
function packRow(x: usize, weight: f32, to: usize, blocks: i32, across: usize): void {
  const factor = f32x4.splat(sqrt<f32>(weight));
  for (let at = 0; at < blocks; at++, x += block, to += across) {
    v128.store(to, f32x4.mul(factor, v128.load(x)));
    v128.store(to, f32x4.mul(factor, v128.load(x, 16)), 16);
  }
}

/** out [4, 8] += sign · Σ left[row, 0..4] · right[row, 0..8]ᵀ. */
function addTile(left: usize, right: usize, rows: i32, sign: f64, out: usize, stride: i32): void {
  let low0 = f32x4.splat(0);
  let low1 = low0;
  let low2 = low0;
  let low3 = low0;
  let high0 = low0;
  let high1 = low0;
  let high2 = low0;
  let high3 = low0;
  for (const end = left + <usize>rows * block; left < end; left += block, right += block) {
    const low = v128.load(right);
    const high = v128.load(right, 16);
    let factor = v128.load32_splat(left);
    low0 = f32x4.add(low0, f32x4.mul(factor, low));
    high0 = f32x4.add(high0, f32x4.mul(factor, high));
    factor = v128.load32_splat(left, 4);
    low1 = f32x4.add(low1, f32x4.mul(factor, low));
    high1 = f32x4.add(high1, f32x4.mul(factor, high));
    factor = v128.load32_splat(left, 8);
    low2 = f32x4.add(low2, f32x4.mul(factor, low));
    high2 = f32x4.add(high2, f32x4.mul(factor, high));
    factor = v128.load32_splat(left, 12);
    low3 = f32x4.add(low3, f32x4.mul(factor, low));
    high3 = f32x4.add(high3, f32x4.mul(factor, high));
  }
  addEight(out, sign, low0, high0);
  addEight(row64(out, 1, stride), sign, low1, high1);
  addEight(row64(out, 2, stride), sign, low2, high2);
  addEight(row64(out, 3, stride), sign, low3, high3);
}

function addEight(out: usize, sign: f64, low: v128, high: v128): void {
  addTwo(out, sign, low);
  addTwo(out + 16, sign, v128.shuffle<i64>(low, low, 1, 1));
  addTwo(out + 32, sign, high);
  addTwo(out + 48, sign, v128.shuffle<i64>(high, high, 1, 1));
}

function addTwo(out: usize, sign: f64, sums: v128): void {
  v128.store(out, f64x2.add(v128.load(out), f64x2.mul(f64x2.splat(sign), f64x2.promote_low_f32x4(sums))));
}

/**
 * Lower triangle of `factor` float32 ← Cholesky factor of matrix + ridge · I, float64 [n, n], n a multiple of 8; `matrix` is read in its
 * lower triangle. Returns whether all pivots are positive. Blocks of four rows by four columns, so that each value that is loaded is used
 * several times.
 */
export function cholesky(matrix: usize, ridge: f64, factor: usize, n: i32): bool {
  for (let row = 0; row < n; row += 4) {
    for (let each = row; each < row + 4; each++) {
      const from = row64(matrix, each, n);
      const to = row32(factor, each, n);
      for (let column = 0; column < each; column++)
        store<f32>(to + ((<usize>column) << 2), <f32>load<f64>(from + ((<usize>column) << 3)));
      store<f32>(to + ((<usize>each) << 2), <f32>(load<f64>(from + ((<usize>each) << 3)) + ridge));
    }
    const rows = row32(factor, row, n);
    for (let column = 0; column < row; column += 4) {
      takeOffProducts(rows, row32(factor, column, n), 0, column, n);
      takeOffProducts(rows, row32(factor, column + 2, n), 2, column, n);
      for (let each = row; each < row + 4; each++) substitute(row32(factor, each, n), factor, column, 4, n);
    }
    takeOffProducts(rows, rows, 0, row, n);
    takeOffProducts(rows, row32(rows, 2, n), 2, row, n);
    for (let each = 0; each < 4; each++) {
      const at = row32(factor, row + each, n) + ((<usize>(row + each)) << 2);
      substitute(row32(factor, row + each, n), factor, row, each, n);
      let pivot = load<f32>(at);
      for (let before: usize = 4; before <= (<usize>each) << 2; before += 4)
        pivot -= load<f32>(at - before) * load<f32>(at - before);
      if (!(pivot > 0)) return false;
      store<f32>(at, sqrt(pivot));
    }
  }
  return true;
}

/** Columns `column` + `place` and the next of four rows −= their products with the two rows at `above`, over the columns before `column`. */
function takeOffProducts(rows: usize, above: usize, place: usize, column: i32, n: i32): void {
  const length = (<usize>n) << 2;
  const next = above + length;
  const row1 = rows + length;
  const row2 = row1 + length;
  const row3 = row2 + length;
  let first0 = f32x4.splat(0);
  let first1 = first0;
  let first2 = first0;
  let first3 = first0;
  let second0 = first0;
  let second1 = first0;
  let second2 = first0;
  let second3 = first0;
  const end = (<usize>column) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const first = v128.load(above + at);
    const second = v128.load(next + at);
    let values = v128.load(rows + at);
    first0 = f32x4.add(first0, f32x4.mul(values, first));
    second0 = f32x4.add(second0, f32x4.mul(values, second));
    values = v128.load(row1 + at);
    first1 = f32x4.add(first1, f32x4.mul(values, first));
    second1 = f32x4.add(second1, f32x4.mul(values, second));
    values = v128.load(row2 + at);
    first2 = f32x4.add(first2, f32x4.mul(values, first));
    second2 = f32x4.add(second2, f32x4.mul(values, second));
    values = v128.load(row3 + at);
    first3 = f32x4.add(first3, f32x4.mul(values, first));
    second3 = f32x4.add(second3, f32x4.mul(values, second));
  }
  const out = end + (place << 2);
  takeOff(rows + out, first0, second0);
  takeOff(row1 + out, first1, second1);
  takeOff(row2 + out, first2, second2);
  takeOff(row3 + out, first3, second3);
}

function takeOff(at: usize, first: v128, second: v128): void {
  store<f32>(at, load<f32>(at) - lanes(first));
  store<f32>(at, load<f32>(at, 4) - lanes(second), 4);
}

function lanes(sums: v128): f32 {
  const even = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 2);
  return even + (f32x4.extract_lane(sums, 1) + f32x4.extract_lane(sums, 3));
}

/** `count` columns of a row from `column` on, divided by the triangle that stands there. */
function substitute(values: usize, factor: usize, column: i32, count: i32, n: i32): void {
  for (let place = 0; place < count; place++) {
    const pivots = row32(factor, column + place, n);
    let rest = load<f32>(values + ((<usize>(column + place)) << 2));
    for (let before = column; before < column + place; before++)
      rest -= load<f32>(values + ((<usize>before) << 2)) * load<f32>(pivots + ((<usize>before) << 2));
    store<f32>(values + ((<usize>(column + place)) << 2), rest / load<f32>(pivots + ((<usize>(column + place)) << 2)));
  }
}

/** In place: vector float64 ← (L Lᵀ)⁻¹ vector, by the factor that `cholesky` leaves. */
export function solveFactored(factor: usize, vector: usize, n: i32): void {
  for (let row = 0; row < n; row++) {
    const values = row32(factor, row, n);
    let sum0: f64 = 0;
    let sum1: f64 = 0;
    let column = 0;
    for (; column + 1 < row; column += 2) {
      const at = values + ((<usize>column) << 2);
      sum0 += <f64>load<f32>(at) * load<f64>(vector + ((<usize>column) << 3));
      sum1 += <f64>load<f32>(at, 4) * load<f64>(vector + ((<usize>column) << 3), 8);
    }
    if (column < row) sum0 += <f64>load<f32>(values + ((<usize>column) << 2)) * load<f64>(vector + ((<usize>column) << 3));
    const at = vector + ((<usize>row) << 3);
    store<f64>(at, (load<f64>(at) - sum0 - sum1) / <f64>load<f32>(values + ((<usize>row) << 2)));
  }
  for (let row = n - 1; row >= 0; row--) {
    const values = row32(factor, row, n);
    const at = vector + ((<usize>row) << 3);
    const solved = load<f64>(at) / <f64>load<f32>(values + ((<usize>row) << 2));
    store<f64>(at, solved);
    for (let column: usize = 0; column < <usize>row; column++)
      store<f64>(vector + (column << 3), load<f64>(vector + (column << 3)) - solved * <f64>load<f32>(values + (column << 2)));
  }
}

/** out −= (matrix + ridge · I) · vector, `matrix` symmetric and given by its lower triangle; float64. */
export function takeOffProduct(matrix: usize, ridge: f64, vector: usize, out: usize, n: i32): void {
  for (let row = 0; row < n; row++) {
    const values = row64(matrix, row, n);
    const own = load<f64>(vector + ((<usize>row) << 3));
    let sum = own * (load<f64>(values + ((<usize>row) << 3)) + ridge);
    for (let at: usize = 0; at < (<usize>row) << 3; at += 8) {
      const value = load<f64>(values + at);
      sum += value * load<f64>(vector + at);
      store<f64>(out + at, load<f64>(out + at) - own * value);
    }
    const at = out + ((<usize>row) << 3);
    store<f64>(at, load<f64>(at) - sum);
  }
}
