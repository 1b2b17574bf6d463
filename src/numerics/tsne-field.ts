import type {Threads} from '../wasm/threads.js';

/** Nodes a unit of the map. The kernel 1 / (1 + r²) is one unit wide whatever the map's size, so that this decides the accuracy. */
const perUnit = 3;
/** Nodes of a side that are never exceeded: a map so large, of some outliers, gets a coarser grid. */
const nodesAtMost = 2048;
/** Lengths of transforms: twice a side, 2^a 3^b, multiples of 8. */
const lengths = [1, 3, 9]
  .flatMap((odd) => Array.from({length: 10}, (_, power) => odd * 8 * 2 ** power))
  .filter((length) => length >= 16 && length <= 2 * nodesAtMost)
  .sort((a, b) => a - b);
const [pointsTogether, rowsTogether, columnsTogether] = [1024, 8, 4];
const bytesOfElement = 32;
/** Places between nodes, along each axis, for which wasm/tsne.ts takes off what a point's own spline gives it. */
const places = 32;

/** Least and largest x and y of a map. */
export interface Bounds {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

/**
 * Σ q and Σ q² (y − y′) over all pairs of points in the plane, q = 1 / (1 + |y − y′|²), by a grid: points are spread as cubic B-splines,
 * convolved with the kernel by Fourier transforms, and read with the same splines. Time is linear in points and in the map's area.
 * Source: Linderman et al. 2019 (interpolation for t-SNE); Essmann et al. 1995 (smooth particle meshes: one kernel, whose slope is the force).
 */
export class TsneField {
  readonly #threads: Threads;
  readonly #count: number;
  readonly #sums: Float64Array;
  readonly #own: Float32Array;
  #size = {width: 0, height: 0};
  #perUnit = 0;
  #field: Float32Array;
  #spectrum: Float32Array;
  #kernel: Float32Array;
  #scratch: Float32Array;
  readonly #turns = new Map<number, Float32Array>();

  constructor(threads: Threads, count: number) {
    this.#threads = threads;
    this.#count = count;
    this.#own = threads.floats(4 * places * places);
    this.#sums = threads.doubles(Math.ceil(count / pointsTogether));
    [this.#field, this.#spectrum, this.#kernel, this.#scratch] = Array.from({length: 4}, () => threads.floats(0)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
  }

  /** Fills `repulsion` float32 [count, 2] for `map` float32 [count, 2], both seen by all threads; returns Σ q over all ordered pairs. */
  repulsion(map: Float32Array, {left, bottom, right, top}: Bounds, repulsion: Float32Array): number {
    const span = Math.max(right - left, top - bottom);
    const density = Math.min(perUnit, (nodesAtMost - 8) / span);
    const nodes = (extent: number): number => Math.floor(extent * density) + 5;
    const [columns, rows] = [nodes(right - left), nodes(top - bottom)];
    this.#prepare(lengthFor(2 * columns), lengthFor(2 * rows), density);
    const pitch = this.#size.width / 2 + 4;
    const [filled, filledRows] = [up(columns, 4), up(rows, rowsTogether)];
    const grid = [left - 1.5 / density, bottom - 1.5 / density, density] as const;
    const threads = this.#threads;
    const bandRows = up(Math.ceil(filledRows / threads.count), rowsTogether);
    const bands = Math.ceil(filledRows / bandRows);
    const field = this.#field;
    threads.run('spread', bands, map, this.#count, ...grid, field, filledRows, pitch, bandRows);
    this.#convolve(filled, filledRows, pitch);
    threads.run('repel', this.#sums.length, map, this.#count, ...grid, field, pitch, this.#own, repulsion, this.#sums);
    return this.#sums.reduce((sum, value) => sum + value, 0);
  }

  /** The first `rows` rows (a multiple of 8) and `columns` columns (of 4) of the field, in place. */
  #convolve(columns: number, rows: number, pitch: number): void {
    const {width, height} = this.#size;
    const stride = strideOf(width);
    const [acrossTurns, upTurns] = [this.#turnsOf(width), this.#turnsOf(height)];
    const [threads, field, spectrum, scratch] = [this.#threads, this.#field, this.#spectrum, this.#scratch];
    threads.run(
      'rowsForward',
      rows / rowsTogether,
      ...[field, pitch, columns, width, spectrum, height, stride, acrossTurns, scratch],
    );
    threads.run(
      'columnsThrough',
      stride / columnsTogether,
      ...[spectrum, rows, height, height, stride, this.#kernel, upTurns, scratch],
    );
    threads.run(
      'rowsBack',
      rows / rowsTogether,
      ...[spectrum, height, stride, width, field, pitch, columns, acrossTurns, scratch],
    );
  }

  /** Room for a grid, and the kernel's spectrum on it, anew only when its size has changed. */
  #prepare(width: number, height: number, density: number): void {
    if (width === this.#size.width && height === this.#size.height && density === this.#perUnit) return;
    const threads = this.#threads;
    const stride = strideOf(width);
    const room = (array: Float32Array, length: number): Float32Array =>
      array.length >= length ? array : threads.floats(Math.ceil(1.5 * length));
    this.#field = room(this.#field, (width / 2 + 4) * up(height / 2 + 4, rowsTogether));
    this.#spectrum = room(this.#spectrum, 2 * height * stride);
    this.#kernel = room(this.#kernel, height * Math.max(width, stride));
    this.#scratch = room(this.#scratch, (2 * threads.count * Math.max(width, height) * bytesOfElement) / 4);
    this.#size = {width, height};
    this.#perUnit = density;
    const kernel = this.#kernel;
    const [squareX, squareY] = [squaredDistances(width, density), squaredDistances(height, density)];
    for (let row = 0, at = 0; row < height; row++)
      for (let column = 0; column < width; column++, at++)
        kernel[at] = 1 / (1 + (squareX[column] as number) + (squareY[row] as number));
    const [byColumn, byRow] = [threads.floats(stride), threads.floats(height)];
    byColumn.set(splineCorrection(width, stride));
    byRow.set(splineCorrection(height, height));
    const [spectrum, scratch] = [this.#spectrum, this.#scratch];
    threads.run(
      'rowsForward',
      height / rowsTogether,
      ...[kernel, width, width, width, spectrum, height, stride, this.#turnsOf(width), scratch],
    );
    threads.run(
      'kernelSpectrum',
      stride / columnsTogether,
      ...[spectrum, height, stride, kernel, byRow, byColumn, this.#turnsOf(height), scratch],
    );
    this.#measureOwn();
  }

  /**
   * The contribution of a point's own spline where it lies: q, which ought to be 1, and forces, which ought to be 0. Found from what a mass at
   * one node gives the nodes around it.
   */
  #measureOwn(): void {
    const [pitch, columns, rows] = [this.#size.width / 2 + 4, 8, 8];
    this.#field.fill(0);
    this.#field[0] = 1;
    this.#convolve(columns, rows, pitch);
    const around = (across: number, upwards: number): number =>
      this.#field[Math.abs(upwards) * pitch + Math.abs(across)] as number;
    const shifts = [-3, -2, -1, 0, 1, 2, 3];
    const sum = (along: readonly number[], upwards: readonly number[]): number =>
      shifts.reduce(
        (total, y, row) =>
          total +
          (upwards[row] as number) * shifts.reduce((line, x, column) => line + (along[column] as number) * around(x, y), 0),
        0,
      );
    const at = Array.from({length: places}, (_, place) => {
      const t = (place + 0.5) / places;
      const [values, slopes] = [spline(t), splineSlope(t)];
      return {weight: overlaps(values, values), slope: overlaps(slopes, values)};
    });
    const half = -0.5 * this.#perUnit;
    for (const [row, y] of at.entries())
      for (const [column, x] of at.entries()) {
        const own = [sum(x.weight, y.weight), half * sum(x.slope, y.weight), half * sum(x.weight, y.slope)];
        this.#own.set(own, 4 * (row * places + column));
      }
  }

  #turnsOf(length: number): Float32Array {
    const known = this.#turns.get(length);
    if (known) return known;
    const turns = this.#threads.floats(2 * length);
    for (let k = 0; k < length; k++) {
      turns[2 * k] = Math.cos((2 * Math.PI * k) / length);
      turns[2 * k + 1] = -Math.sin((2 * Math.PI * k) / length);
    }
    this.#turns.set(length, turns);
    return turns;
  }
}

const up = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
/** Frequencies 0 to width / 2, as vectors of four. */
const strideOf = (width: number): number => up(width / 2 + 1, 4);
const lengthFor = (wanted: number): number => lengths.find((length) => length >= wanted) ?? 2 * nodesAtMost;

/** Squares of the distances of nodes from node 0 on a ring, in units of the map. */
const squaredDistances = (length: number, density: number): Float64Array =>
  Float64Array.from({length}, (_, node) => (Math.min(node, length - node) / density) ** 2);

/** One over what spreading and reading by cubic B-splines do to each frequency, and over the length, which transforms leave as a factor. */
const splineCorrection = (length: number, frequencies: number): Float64Array =>
  Float64Array.from({length: frequencies}, (_, k) => 1 / length / ((2 + Math.cos((2 * Math.PI * k) / length)) / 3) ** 2);

/** A cubic B-spline's values at the four nodes around a point that lies `t` past the second. */
const spline = (t: number): readonly number[] => {
  const u = 1 - t;
  return [u ** 3 / 6, (4 - 6 * t ** 2 + 3 * t ** 3) / 6, (4 - 6 * u ** 2 + 3 * u ** 3) / 6, t ** 3 / 6];
};

/** Their derivatives by t. */
const splineSlope = (t: number): readonly number[] => {
  const u = 1 - t;
  return [-(u ** 2) / 2, 1.5 * t ** 2 - 2 * t, -1.5 * u ** 2 + 2 * u, t ** 2 / 2];
};

/** Σ a[i] b[i + shift] for shifts from −3 to 3. */
const overlaps = (a: readonly number[], b: readonly number[]): readonly number[] =>
  Array.from({length: 7}, (_, shift) => a.reduce((sum, value, at) => sum + value * (b[at + shift - 3] ?? 0), 0));
