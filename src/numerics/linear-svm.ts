import {setImmediate} from 'node:timers/promises';
import {permutation} from '../core/counter-random.js';
import type {Threads} from '../wasm/threads.js';

/** The problem of each class: minimise ½‖w‖² + Σ cost · loss(1 − y w·x), y = 1 for examples of the class and −1 for the rest. */
export interface SvmProblem {
  /** float32 [examples, columns], row by row. */
  readonly features: Float32Array;
  readonly columns: number;
  /** Value of a column more, whose weight is the intercept and regularised as all are; 0: no intercept. */
  readonly constant: number;
  /** Class of each example. */
  readonly labels: ArrayLike<number>;
  /** By class: the cost of an example of the rest, and of one of the class. */
  readonly costs: readonly (readonly [rest: number, own: number])[];
  readonly loss: 'hinge' | 'squaredHinge';
}

interface SvmOptions {
  /** A class is done when its duality gap is at most this share of its objective. */
  readonly tolerance: number;
  readonly seed: number;
  /** float64 [classes, columns + 1] to start from. */
  readonly start?: Float64Array | undefined;
}

interface SvmFigures {
  /** Sums over the classes. */
  readonly objective: number;
  readonly dualObjective: number;
  /** (objective − dual objective) / objective. */
  readonly gap: number;
  /** Examples with a multiplier above zero, of all classes together. */
  readonly supportVectors: number;
  /** Classes whose gap is small enough. */
  readonly done: number;
  /** Newton steps, of which every class that is not done takes one; each reads the examples once. */
  readonly rounds: number;
}

/** A class's status, field by field as wasm/svm.ts has it. */
const fields = ['done', 'pending', 'primal', 'dual', 'growth', 'decrement', 'distance', 'support'] as const;
const fresh = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 0, 0, 0];
/** Rows a chunk of `svmSlack`. */
const rowsAChunk = 256;
/** Costs by which a multiplier follows a change of 1 in the slack: few in the coarse problem, where all rows shall take part. */
const [coarseSlope, fineSlope] = [0.25, 2];
/** Multipliers move when a step promises less than this share of the gap that they leave. */
const accuracy = 0.03;
/** The coarse problem has a sixteenth of the examples, where that is at least twice as many as there are columns. */
const [coarseShare, coarseGap] = [1 / 16, 0.1];

/**
 * Linear support vector machines, each class against the rest, to a duality gap that is measured. The proximal point method on the dual
 * (Rockafellar 1976): multipliers between 0 and the cost follow the slack, and the smooth problem that this leaves is solved by Newton's
 * method; its Hessian I + Σ slope · x xᵀ has only the rows whose multiplier lies strictly between, and is kept up to date by those that
 * come and go. The squared hinge is smooth by itself. A first look at some of the examples finds where to start. All classes step
 * together, so that the examples are read once a round. Equal input gives equal bits on any number of threads.
 */
export class LinearSvm {
  readonly #threads: Threads;
  readonly #problem: SvmProblem;
  readonly #options: SvmOptions;
  readonly #stride: number;
  /** Numbers and addresses in the order of wasm/svm.ts. */
  readonly #call: Int32Array;
  readonly #labels: Int32Array;
  readonly #listed: Int32Array;
  readonly #narrow: Float32Array;
  readonly #costs: Float64Array;
  /** All that changes from round to round, in one piece: what a checkpoint holds. */
  readonly #state: Float64Array;
  /** [phase, rounds]: 0 nothing begun, 1 the coarse problem, 2 the problem itself. */
  readonly #progress: Float64Array;
  readonly #status: Float64Array;
  readonly #weights: Float64Array;
  readonly #best: Float64Array;
  readonly #multipliers: Float64Array;
  readonly #weighing: Float64Array;

  /** Bytes that a fit takes beside its input, of the 4 GiB that there are. */
  static bytes(rows: number, columns: number, classes: number): number {
    const stride = strideOf(columns);
    const aClass = 8 * (2 * stride * stride + 6 * rows + 100 * stride);
    return rows * (4 * stride + 4) + classes * aClass;
  }

  constructor(threads: Threads, problem: SvmProblem, options: SvmOptions) {
    const {labels, columns, costs, loss} = problem;
    const [rows, classes, stride] = [labels.length, costs.length, strideOf(columns)];
    [this.#threads, this.#problem, this.#options, this.#stride] = [threads, problem, options, stride];
    const x = threads.floats(rows * stride);
    this.#labels = threads.integers(rows);
    this.#copyRows(x);
    const [vectors, perRow, square] = [classes * stride, classes * rows, stride * stride];
    const sizes = [2, classes * fields.length, vectors, vectors, vectors, perRow, perRow, perRow, perRow, classes * square];
    this.#state = threads.doubles(sizes.reduce((sum, size) => sum + size, 0));
    let end = 0;
    const part = (size: number): Float64Array => {
      end += size;
      return this.#state.subarray(end - size, end);
    };
    const [progress, status, weights, best, step, slack, change, multipliers, weighing, gram] = sizes.map(part) as Ten;
    [this.#progress, this.#status, this.#weights, this.#best] = [progress, status, weights, best];
    [this.#multipliers, this.#weighing] = [multipliers, weighing];
    this.#narrow = threads.floats(vectors);
    this.#costs = threads.doubles(2 * classes);
    this.#listed = threads.integers(classes);
    const shared = [x, this.#labels, this.#costs, status, weights, best, step, this.#narrow];
    const {count} = threads;
    const scratch = [
      threads.floats(count * square),
      threads.doubles(count * stride),
      threads.doubles(count * stride),
      threads.floats(65 * count * stride),
      threads.integers(2 * count * rows),
      threads.floats(2 * count * rows),
    ];
    const addresses = [...shared, slack, change, multipliers, weighing, gram, ...scratch].map(({byteOffset}) => byteOffset);
    this.#call = threads.integers(4 + addresses.length);
    this.#call.set([rows, rows, stride, loss === 'squaredHinge' ? 1 : 0, ...addresses]);
  }

  /** Takes rounds until every class is done, `rounds` in all at most; waits for `onRound` after each. */
  async fit(rounds: number, onRound: (figures: SvmFigures) => Promise<void>): Promise<SvmFigures> {
    const {start, tolerance} = this.#options;
    if (this.#progress[0] === 0) this.#begin(start ? 2 : 1, start);
    while (this.#progress[0] === 1 && this.figures().rounds < rounds) {
      await this.#round(coarseSlope, coarseGap, true);
      await onRound(this.figures());
      if (this.#unfinished().length === 0) this.#begin(2, undefined);
    }
    while (this.#unfinished().length > 0 && this.figures().rounds < rounds) {
      await this.#round(fineSlope, tolerance, false);
      await onRound(this.figures());
    }
    return this.figures();
  }

  /** The weights of the lowest objective, float64 [classes, columns + 1]; the last of each is that of the constant column. */
  weights(): Float64Array {
    const width = this.#problem.columns + 1;
    return Float64Array.from(
      {length: this.#problem.costs.length * width},
      (_, at) => this.#best[Math.floor(at / width) * this.#stride + (at % width)] as number,
    );
  }

  figures(): SvmFigures {
    const sum = (name: (typeof fields)[number]): number =>
      this.#problem.costs.reduce((total, _, k) => total + (this.#status[k * fields.length + fields.indexOf(name)] as number), 0);
    const [objective, dualObjective] = [sum('primal'), sum('dual')];
    const done = this.#progress[0] === 2 ? sum('done') : 0;
    const gap = (objective - dualObjective) / objective;
    return {objective, dualObjective, gap, supportVectors: sum('support'), done, rounds: this.#progress[1] as number};
  }

  /** State of the fit, which `writeState` puts back into one of the same problem. */
  readState(): Uint8Array {
    return Uint8Array.from(this.#stateBytes());
  }

  writeState(state: Uint8Array): void {
    this.#stateBytes().set(state);
    this.#choosePart();
  }

  #stateBytes(): Uint8Array {
    return new Uint8Array(this.#state.buffer, this.#state.byteOffset, this.#state.byteLength);
  }

  /** In an order by the seed, so that the first rows are a sample of all. */
  #copyRows(x: Float32Array): void {
    const {features, columns, constant, labels} = this.#problem;
    for (const [place, row] of permutation(labels.length, this.#options.seed, 0).entries()) {
      x.set(features.subarray(row * columns, (row + 1) * columns), place * this.#stride);
      x[place * this.#stride + columns] = constant;
      this.#labels[place] = labels[row] as number;
    }
  }

  #unfinished(): number[] {
    return this.#problem.costs.flatMap((_, k) => (this.#status[k * fields.length] === 0 ? [k] : []));
  }

  /** Sets the number of rows that take part in this phase and their costs, for the same objective on average. */
  #choosePart(): void {
    const rows = this.#problem.labels.length;
    const share = this.#progress[0] === 1 && coarseShare * rows >= 2 * this.#stride ? coarseShare : 1;
    this.#call[0] = Math.round(share * rows);
    this.#costs.set(this.#problem.costs.flat().map((cost) => cost / share));
  }

  /** Begins a phase at `weights`, or else at the best of the phase before; multipliers stand half way. */
  #begin(phase: 1 | 2, weights: Float64Array | undefined): void {
    const {costs, labels, columns, loss} = this.#problem;
    this.#progress[0] = phase;
    this.#choosePart();
    this.#weights.set(this.#best);
    for (const [k] of costs.entries()) {
      this.#status.set(fresh, k * fields.length);
      if (weights) this.#weights.set(weights.subarray(k * (columns + 1), (k + 1) * (columns + 1)), k * this.#stride);
      for (let row = 0; row < labels.length; row++)
        this.#multipliers[k * labels.length + row] =
          loss === 'hinge' ? (this.#costs[2 * k + (this.#labels[row] === k ? 1 : 0)] as number) / 2 : 0;
    }
    this.#weighing.fill(0);
    this.#narrow.set(this.#weights);
    this.#readRows([...costs.keys()], true);
  }

  /** Every row by the step of each class, for what it changes; by the weights at the beginning. */
  #readRows(classes: readonly number[], beginning: boolean): void {
    this.#listed.set(classes);
    const chunks = Math.ceil((this.#call[0] as number) / rowsAChunk);
    const base = beginning ? 1 : 0;
    this.#threads.run('svmSlack', chunks, this.#call, this.#listed, classes.length, base, base);
  }

  async #round(hingeSlope: number, tolerance: number, once: boolean): Promise<void> {
    const slope = this.#problem.loss === 'squaredHinge' ? 2 : hingeSlope;
    const classes = this.#unfinished();
    this.#listed.set(classes);
    // all at once, with no wait for the slowest in between: a round takes a second or two at first, a tenth later
    this.#threads.run('svmRound', classes.length, this.#call, this.#listed, slope, tolerance, accuracy, once ? 1 : 0);
    await setImmediate();
    this.#progress[1] = (this.#progress[1] as number) + 1;
    const left = this.#unfinished();
    if (left.length > 0) this.#readRows(left, false);
  }
}

type Ten = [...Five, ...Five];
type Five = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

/** A row's length, the constant column included: a multiple of eight, as vectors have it. */
const strideOf = (columns: number): number => Math.ceil((columns + 1) / 8) * 8;
