import {type Binned, partition} from './bins.js';
import {type Tree, TreeBuilder} from './tree.js';

export interface GradientTreeOptions {
  /** Leaves at most. */
  readonly leaves: number;
  /** Fewest examples of a leaf. */
  readonly leafExamples: number;
  /** Added to the sum of second derivatives. */
  readonly l2: number;
  /** Factor on a leaf's value. */
  readonly rate: number;
}

/** Smallest sum of second derivatives of a leaf. */
const smallestCurvature = 1e-3;

interface Leaf {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly gradient: number;
  readonly curvature: number;
  readonly histogram: Histogram;
  readonly split: Split | undefined;
}

/** Sums of first and second derivatives, and number of examples, in turn, for every bin of the features that may be split by, in their order. */
type Histogram = Float64Array;

interface Split {
  readonly gain: number;
  readonly feature: number;
  readonly bin: number;
  readonly gradient: number;
  readonly curvature: number;
}

/**
 * A regression tree that lowers a loss whose first and second derivatives by example are given (float32 [examples]): the leaf whose split
 * gains most is split next. It says `rate` · −Σg / (Σh + l2) for `name`, and adds that to `scores`, float64 [examples]. Only `features` are
 * split by. Source: Ke et al., LightGBM, 2017; Friedman, Greedy Function Approximation: A Gradient Boosting Machine, 2001.
 */
export function growGradientTree(
  data: Binned,
  derivatives: {readonly first: Float32Array; readonly second: Float32Array},
  options: GradientTreeOptions,
  features: Int32Array,
  {name, scores}: {readonly name: number; readonly scores: Float64Array},
): Tree {
  const grower = new GradientTreeGrower(data, derivatives, options, features);
  return grower.grow(name, scores);
}

class GradientTreeGrower {
  readonly #order: Int32Array;
  readonly #aside: Int32Array;
  /** The derivatives of a node's examples, side by side. */
  readonly #first: Float32Array;
  readonly #second: Float32Array;
  /** Where each of the features begins in a histogram. */
  readonly #starts: Int32Array;
  /** Histograms that no leaf needs any more. */
  readonly #free: Histogram[] = [];

  constructor(
    readonly data: Binned,
    readonly derivatives: {readonly first: Float32Array; readonly second: Float32Array},
    readonly options: GradientTreeOptions,
    readonly features: Int32Array,
  ) {
    const {examples, offsets} = data;
    this.#order = Int32Array.from({length: examples}, (_, example) => example);
    this.#aside = new Int32Array(examples);
    this.#first = new Float32Array(examples);
    this.#second = new Float32Array(examples);
    this.#starts = new Int32Array(features.length + 1);
    for (const [place, feature] of features.entries())
      this.#starts[place + 1] =
        (this.#starts[place] as number) + 3 * ((offsets[feature + 1] as number) - (offsets[feature] as number));
  }

  grow(name: number, scores: Float64Array): Tree {
    const builder = new TreeBuilder();
    const root = this.#order.length;
    let [gradient, curvature] = [0, 0];
    for (let example = 0; example < root; example++) {
      gradient += this.derivatives.first[example] as number;
      curvature += this.derivatives.second[example] as number;
    }
    const leaves = [this.#leaf(builder.add(), 0, root, gradient, curvature, this.#histogram(0, root))];
    while (leaves.length < this.options.leaves) {
      const [place, leaf] = bestOf(leaves);
      if (!leaf?.split) break;
      leaves.splice(place, 1, ...this.#divide(builder, leaf, leaf.split));
    }
    for (const {node, start, end, gradient: first, curvature: second} of leaves) {
      const value = Math.fround((-this.options.rate * first) / (second + this.options.l2 + 1e-15));
      builder.leaf(node, [[name, value]]);
      for (let index = start; index < end; index++) {
        const example = this.#order[index] as number;
        scores[example] = (scores[example] as number) + value;
      }
    }
    return builder.build();
  }

  #divide(builder: TreeBuilder, leaf: Leaf, split: Split): readonly [Leaf, Leaf] {
    const {node, start, end} = leaf;
    const {feature, bin} = split;
    const middle = partition(this.data, this.#order, this.#aside, start, end, split);
    const [left, right] = [builder.add(), builder.add()];
    builder.split(node, feature, this.data.thresholds[(this.data.offsets[feature] as number) + bin] as number, left, right);
    // the smaller side is counted; the other is what is left of both
    const leftIsSmaller = middle - start <= end - middle;
    const smaller = leftIsSmaller ? this.#histogram(start, middle) : this.#histogram(middle, end);
    const larger = subtract(leaf.histogram, smaller);
    const rest = [leaf.gradient - split.gradient, leaf.curvature - split.curvature] as const;
    return [
      this.#leaf(left, start, middle, split.gradient, split.curvature, leftIsSmaller ? smaller : larger),
      this.#leaf(right, middle, end, ...rest, leftIsSmaller ? larger : smaller),
    ];
  }

  #leaf(node: number, start: number, end: number, gradient: number, curvature: number, histogram: Histogram): Leaf {
    const leaf = {node, start, end, gradient, curvature, histogram};
    const large = end - start >= 2 * this.options.leafExamples && curvature >= 2 * smallestCurvature;
    const split = large ? this.#bestSplit(leaf) : undefined;
    if (!split) this.#free.push(histogram);
    return {...leaf, split};
  }

  #histogram(start: number, end: number): Histogram {
    const {codes, examples} = this.data;
    const {first, second} = this.derivatives;
    const histogram = this.#free.pop()?.fill(0) ?? new Float64Array(this.#starts.at(-1) as number);
    const size = end - start;
    const order = this.#order.subarray(start, end);
    const [ownFirst, ownSecond] = [this.#first, this.#second];
    for (let index = 0; index < size; index++) {
      const example = order[index] as number;
      ownFirst[index] = first[example] as number;
      ownSecond[index] = second[example] as number;
    }
    for (const [place, feature] of this.features.entries()) {
      const column = codes.subarray(feature * examples, (feature + 1) * examples);
      addColumn(column, order, ownFirst, ownSecond, histogram.subarray(this.#starts[place], this.#starts[place + 1]));
    }
    return histogram;
  }

  #bestSplit({start, end, gradient, curvature, histogram}: Omit<Leaf, 'split'>): Split | undefined {
    const {leafExamples, l2} = this.options;
    const size = end - start;
    const whole = lossDrop(gradient, curvature, l2);
    let [most, feature, cell, below, bent] = [0, -1, 0, 0, 0];
    for (let place = 0; place < this.features.length; place++) {
      const last = (this.#starts[place + 1] as number) - 3;
      let [count, first, second] = [0, 0, 0];
      for (let at = this.#starts[place] as number; at < last; at += 3) {
        const more = histogram[at + 2] as number;
        if (more === 0) continue;
        count += more;
        first += histogram[at] as number;
        second += histogram[at + 1] as number;
        if (count < leafExamples || second < smallestCurvature) continue;
        if (size - count < leafExamples || curvature - second < smallestCurvature) break;
        const gain = lossDrop(first, second, l2) + lossDrop(gradient - first, curvature - second, l2) - whole;
        if (gain <= most) continue;
        [most, feature, cell, below, bent] = [gain, place, at, first, second];
      }
    }
    if (feature < 0) return undefined;
    const bin = (cell - (this.#starts[feature] as number)) / 3;
    return {gain: most, feature: this.features[feature] as number, bin, gradient: below, curvature: bent};
  }
}

/** Adds the derivatives of a node's examples to a feature's histogram. */
function addColumn(
  column: Uint8Array,
  order: Int32Array,
  first: Float32Array,
  second: Float32Array,
  histogram: Float64Array,
): void {
  for (let index = 0; index < order.length; index++) {
    const cell = 3 * (column[order[index] as number] as number);
    histogram[cell] = (histogram[cell] as number) + (first[index] as number);
    histogram[cell + 1] = (histogram[cell + 1] as number) + (second[index] as number);
    histogram[cell + 2] = (histogram[cell + 2] as number) + 1;
  }
}

/** Takes the histogram of one side of a split from that of both: what is left is the other side's, in its place. */
function subtract(both: Histogram, side: Histogram): Histogram {
  for (let index = 0; index < both.length; index++) both[index] = (both[index] as number) - (side[index] as number);
  return both;
}

/** Twice what the loss of a leaf falls by, to second order, when it says its best value. */
const lossDrop = (first: number, second: number, l2: number): number => (first * first) / (second + l2 + 1e-15);

/** The leaf whose split gains most; of equal ones the first. */
function bestOf(leaves: readonly Leaf[]): readonly [number, Leaf | undefined] {
  let place = -1;
  for (const [index, {split}] of leaves.entries())
    if (split && (place < 0 || split.gain > (leaves[place]?.split?.gain ?? 0))) place = index;
  return [place, leaves[place]];
}
