// Linear support vector machines, each class against the rest, all at once. src/numerics/linear-svm.ts says what method this is and lays
// out the memory.
import {addGram, addRow, cholesky, dot32, dot64, row32, row64, solveFactored, spill, takeOffProduct} from './matrices';

/** Arguments of all kernels: numbers and addresses, int32 each. */
@unmanaged
class Problem {
  /** Rows that take part, the first so many; rows that there is room for; values a row. */
  rows: i32;
  capacity: i32;
  stride: i32;
  /** 1: the hinge is squared. */
  squared: i32;
  /** float32 [capacity, stride], int32 [capacity]. */
  x: usize;
  labels: usize;
  /** float64 [classes, 2]: what a unit of loss costs of an example of the rest, and of one of the class. */
  costs: usize;
  /** float64 [classes, 8]. */
  status: usize;
  /** float64 [classes, stride]: the weights, the best so far, and the step from the weights; the step as float32. */
  weights: usize;
  best: usize;
  step: usize;
  narrow: usize;
  /** float64 [classes, capacity]: 1 − y w·x, what the step adds to it, the multipliers, the weight of the row in `gram`. */
  slack: usize;
  change: usize;
  multipliers: usize;
  weighing: usize;
  /** float64 [classes, stride, stride]. */
  gram: usize;
  /** For each thread: float32 [stride, stride], float64 [stride] twice, float32 [65, stride], int32 [2, capacity], float32 [2, capacity]. */
  factor: usize;
  gradient: usize;
  residual: usize;
  packed: usize;
  listed: usize;
  listedWeights: usize;
}

/** A class's status, by its place in `status`. */
@unmanaged
class Status {
  done: f64;
  /** True when there is a step to take. */
  pending: f64;
  /** The lowest objective and the highest dual objective so far. */
  primal: f64;
  dual: f64;
  /** Factor on the slope with which multipliers follow the slack: grows as they settle. */
  growth: f64;
  /** −gradient · step: twice what the step promises. */
  decrement: f64;
  /** Distance of the multipliers from the loss's own at this slack: the rest of the gap when the smooth problem is solved. */
  distance: f64;
  /** Examples with a multiplier above zero. */
  support: f64;
}

/** Change of the slope with each move of the multipliers, up to here. */
const growthAMove: f64 = 1.1;
/** A step so short was of a problem too far from smooth: the slope falls. */
const shortStep: f64 = 0.1;
const shrinkage: f64 = 0.5;
const growthAtMost: f64 = 32;

/** Rows a chunk of `svmSlack`. */
const together: i32 = 256;

/** 256 rows a chunk: `base` − y v·x for the listed classes, v their `narrow`, into `change`, or into `slack` if so said. */
export function svmSlack(chunk: i32, _thread: i32, problem: usize, listed: usize, count: i32, base: f64, intoSlack: i32): void {
  const p = changetype<Problem>(problem);
  const out = intoSlack ? p.slack : p.change;
  const end = min(p.rows, (chunk + 1) * together);
  for (let row = chunk * together; row < end; row++) {
    const x = row32(p.x, row, p.stride);
    const label = load<i32>(p.labels + ((<usize>row) << 2));
    for (let place = 0; place < count; place++) {
      const k = load<i32>(listed + ((<usize>place) << 2));
      const value = dot32(x, row32(p.narrow, k, p.stride), p.stride);
      store<f64>(row64(out, k, p.capacity) + ((<usize>row) << 3), label === k ? base - value : base + value);
    }
  }
}

/**
 * A listed class a chunk: takes the step, measures the gap, and unless that is at most `tolerance` · objective works out the next step.
 * `ratio` · cost is the slope with which multipliers follow the slack. Multipliers move up when the step promises less than `accuracy` of
 * the distance; `once`: the class is done then.
 */
export function svmRound(
  chunk: i32,
  thread: i32,
  problem: usize,
  listed: usize,
  ratio: f64,
  tolerance: f64,
  accuracy: f64,
  once: i32,
): void {
  const p = changetype<Problem>(problem);
  const k = load<i32>(listed + ((<usize>chunk) << 2));
  const status = changetype<Status>(p.status + ((<usize>k) << 6));
  if (status.pending !== 0) {
    const length = takeStep(p, k, ratio * status.growth, status.decrement);
    if (!p.squared && length < shortStep) status.growth *= shrinkage;
    if (!p.squared && length * status.decrement < accuracy * status.distance) {
      moveMultipliers(p, k, ratio * status.growth);
      status.growth = min(growthAtMost, growthAMove * status.growth);
      if (once) status.done = 1;
    }
  }
  status.pending = 0;
  const slope = ratio * status.growth;
  const gradient = row64(p.gradient, thread, p.stride);
  measure(p, k, thread, slope, gradient, status);
  if (status.primal - status.dual <= tolerance * status.primal) status.done = 1;
  if (status.done !== 0) return;
  status.decrement = findStep(p, k, thread, slope, gradient);
  status.pending = 1;
}

function costOf(p: Problem, k: i32, row: i32): f64 {
  return load<f64>(p.costs + ((<usize>((k << 1) + i32(load<i32>(p.labels + ((<usize>row) << 2)) === k))) << 3));
}

/** The multiplier that follows from the slack: in the proximal problem of the hinge, or of the squared hinge itself. */
function follow(p: Problem, multiplier: f64, slack: f64, slope: f64, cost: f64): f64 {
  const value = multiplier + slope * slack;
  return max(0, p.squared ? value : min(value, cost));
}

/** Goes along the step to where the smooth problem's slope is near zero; returns how far, in steps. Newton's method in one dimension. */
function takeStep(p: Problem, k: i32, ratio: f64, decrement: f64): f64 {
  const weights = row64(p.weights, k, p.stride);
  const step = row64(p.step, k, p.stride);
  const slack = row64(p.slack, k, p.capacity);
  const change = row64(p.change, k, p.capacity);
  const multipliers = row64(p.multipliers, k, p.capacity);
  const along = dot64(weights, step, p.stride);
  const square = dot64(step, step, p.stride);
  const end = (<usize>p.rows) << 3;
  let low: f64 = 0;
  let high = Infinity;
  let length: f64 = 1;
  for (let trial = 0; trial < 30; trial++) {
    let slope = along + length * square;
    let curvature = square;
    for (let row = 0, at: usize = 0; at < end; row++, at += 8) {
      const cost = costOf(p, k, row);
      const by = load<f64>(change + at);
      const now = load<f64>(slack + at) + length * by;
      const value = follow(p, load<f64>(multipliers + at), now, ratio * cost, cost);
      slope += value * by;
      if (value > 0 && (p.squared || value < cost)) curvature += ratio * cost * by * by;
    }
    if (abs(slope) <= 0.02 * decrement) break;
    if (slope > 0) high = length;
    else low = length;
    length -= slope / curvature;
    if (!(length > low && length < high)) length = high === Infinity ? 2 * low : (low + high) / 2;
  }
  for (let at: usize = 0; at < end; at += 8) store<f64>(slack + at, load<f64>(slack + at) + length * load<f64>(change + at));
  for (let at: usize = 0; at < (<usize>p.stride) << 3; at += 8)
    store<f64>(weights + at, load<f64>(weights + at) + length * load<f64>(step + at));
  return length;
}

function moveMultipliers(p: Problem, k: i32, ratio: f64): void {
  const slack = row64(p.slack, k, p.capacity);
  const multipliers = row64(p.multipliers, k, p.capacity);
  for (let row = 0; row < p.rows; row++) {
    const at = (<usize>row) << 3;
    const cost = costOf(p, k, row);
    store<f64>(multipliers + at, follow(p, load<f64>(multipliers + at), load<f64>(slack + at), ratio * cost, cost));
  }
}

/** gradient ← w − Σ α y x; objective and dual objective of w and α. */
function measure(p: Problem, k: i32, thread: i32, ratio: f64, gradient: usize, status: Status): void {
  const weights = row64(p.weights, k, p.stride);
  const sums = row32(p.packed, 65 * thread + 64, p.stride);
  memory.fill(sums, 0, (<usize>p.stride) << 2);
  memory.fill(gradient, 0, (<usize>p.stride) << 3);
  let loss: f64 = 0;
  let total: f64 = 0;
  let support = 0;
  for (let row = 0; row < p.rows; row++) {
    const at = (<usize>row) << 3;
    const cost = costOf(p, k, row);
    const slack = load<f64>(row64(p.slack, k, p.capacity) + at);
    if (slack > 0) loss += p.squared ? cost * slack * slack : cost * slack;
    const value = follow(p, load<f64>(row64(p.multipliers, k, p.capacity) + at), slack, ratio * cost, cost);
    if (value === 0) continue;
    total += p.squared ? value - (value * value) / (4 * cost) : value;
    const signed = load<i32>(p.labels + ((<usize>row) << 2)) === k ? value : -value;
    addRow(sums, <f32>signed, row32(p.x, row, p.stride), p.stride);
    if ((++support & 63) === 0) spill(sums, gradient, p.stride);
  }
  spill(sums, gradient, p.stride);
  const primal = loss + dot64(weights, weights, p.stride) / 2;
  const dual = total - dot64(gradient, gradient, p.stride) / 2;
  for (let at: usize = 0; at < (<usize>p.stride) << 3; at += 8)
    store<f64>(gradient + at, load<f64>(weights + at) - load<f64>(gradient + at));
  status.distance = primal - dual - dot64(gradient, gradient, p.stride) / 2;
  status.support = support;
  status.dual = max(status.dual, dual);
  if (primal >= status.primal) return;
  status.primal = primal;
  memory.copy(row64(p.best, k, p.stride), weights, (<usize>p.stride) << 3);
}

/** step ← −(I + ratio · Σ cost · x xᵀ)⁻¹ gradient, the sum over the rows whose multiplier moves with the slack; returns −gradient · step. */
function findStep(p: Problem, k: i32, thread: i32, ratio: f64, gradient: usize): f64 {
  const gram = p.gram + <usize>k * <usize>p.stride * <usize>p.stride * 8;
  updateGram(p, k, thread, ratio, gram);
  const factor = p.factor + <usize>thread * <usize>p.stride * <usize>p.stride * 4;
  let ridge = 1 / ratio;
  while (!cholesky(gram, ridge, factor, p.stride)) ridge = 10 * max(ridge, 1e-8 * trace(gram, p.stride));
  const step = row64(p.step, k, p.stride);
  const rest = p.residual + ((<usize>thread * <usize>p.stride) << 3);
  memory.fill(step, 0, (<usize>p.stride) << 3);
  for (let at: usize = 0; at < (<usize>p.stride) << 3; at += 8) store<f64>(rest + at, -load<f64>(gradient + at) / ratio);
  // the factor has the precision of float32: what it leaves is solved again
  for (let pass = 0; pass < 2; pass++) {
    solveFactored(factor, rest, p.stride);
    for (let at: usize = 0; at < (<usize>p.stride) << 3; at += 8)
      store<f64>(step + at, load<f64>(step + at) + load<f64>(rest + at));
    for (let at: usize = 0; at < (<usize>p.stride) << 3; at += 8) store<f64>(rest + at, -load<f64>(gradient + at) / ratio);
    if (pass === 0) takeOffProduct(gram, ridge, step, rest, p.stride);
  }
  const narrow = row32(p.narrow, k, p.stride);
  for (let place = 0; place < p.stride; place++)
    store<f32>(narrow + ((<usize>place) << 2), <f32>load<f64>(step + ((<usize>place) << 3)));
  return -dot64(gradient, step, p.stride);
}

/** Brings `gram` up to date by the rows that came and went since the last step; from nothing where that is less work. */
function updateGram(p: Problem, k: i32, thread: i32, ratio: f64, gram: usize): void {
  const weighing = row64(p.weighing, k, p.capacity);
  const come = row32(p.listed, 2 * thread, p.capacity);
  const gone = row32(p.listed, 2 * thread + 1, p.capacity);
  const comeWeights = row32(p.listedWeights, 2 * thread, p.capacity);
  const goneWeights = row32(p.listedWeights, 2 * thread + 1, p.capacity);
  let inside = 0;
  let came = 0;
  let went = 0;
  for (let row = 0; row < p.rows; row++) {
    const before = load<f64>(weighing + ((<usize>row) << 3));
    const now = weightOf(p, k, row, ratio);
    if (now !== 0) inside++;
    if (now === before) continue;
    if (now !== 0) list(come, comeWeights, came++, row, now);
    if (before !== 0) list(gone, goneWeights, went++, row, before);
  }
  if (came + went >= inside) {
    memory.fill(gram, 0, (<usize>p.stride * <usize>p.stride) << 3);
    went = 0;
    came = 0;
    for (let row = 0; row < p.rows; row++) {
      const now = weightOf(p, k, row, ratio);
      if (now !== 0) list(come, comeWeights, came++, row, now);
    }
  }
  for (let row = 0; row < p.rows; row++) store<f64>(weighing + ((<usize>row) << 3), weightOf(p, k, row, ratio));
  const packed = row32(p.packed, 65 * thread, p.stride);
  addGram(p.x, p.stride, come, comeWeights, came, 1, packed, gram);
  addGram(p.x, p.stride, gone, goneWeights, went, -1, packed, gram);
}

function list(rows: usize, weights: usize, place: i32, row: i32, weight: f64): void {
  store<i32>(rows + ((<usize>place) << 2), row);
  store<f32>(weights + ((<usize>place) << 2), <f32>weight);
}

function weightOf(p: Problem, k: i32, row: i32, ratio: f64): f64 {
  const at = (<usize>row) << 3;
  const cost = costOf(p, k, row);
  const value =
    load<f64>(row64(p.multipliers, k, p.capacity) + at) + ratio * cost * load<f64>(row64(p.slack, k, p.capacity) + at);
  return value > 0 && (p.squared || value < cost) ? cost : 0;
}

function trace(matrix: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (let row = 0; row < n; row++) sum += load<f64>(row64(matrix, row, n) + ((<usize>row) << 3));
  return sum;
}
