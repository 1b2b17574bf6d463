import {uniformStream} from '../../core/counter-random.js';
import {type Binned, partition} from './bins.js';
import {type Tree, TreeBuilder} from './tree.js';

export interface GiniTreeOptions {
  readonly classes: number;
  /** Features that are tried for a split, drawn anew for each; those that do not vary there do not count. */
  readonly featuresPerSplit: number;
  /** Splits from the root to a leaf at most. */
  readonly depth: number;
  /** Fewest examples of a leaf. */
  readonly leafExamples: number;
  /** Each tree learns from as many examples as there are, drawn with replacement. */
  readonly bootstrap: boolean;
}

/** Nodes of fewer examples are sorted, not counted into a histogram. */
const histogramFrom = 256;

interface Best {
  gain: number;
  feature: number;
  bin: number;
}

/**
 * A classification tree that splits by Gini impurity until its leaves are pure; leaves give the shares of the classes. `key`: what its
 * random numbers are drawn by. Source: Breiman, Random Forests, 2001; Breiman et al., Classification and Regression Trees, 1984.
 */
export function growGiniTree(
  data: Binned,
  labels: Uint8Array,
  options: GiniTreeOptions,
  key: readonly [seed: number, tree: number],
): Tree {
  return new GiniTreeGrower(data, labels, options, key).grow();
}

class GiniTreeGrower {
  readonly #weights: Int32Array;
  /** Examples with a weight, those of a node side by side. */
  readonly #order: Int32Array;
  readonly #aside: Int32Array;
  readonly #featureOrder: Int32Array;
  readonly #draw: () => number;
  readonly #total: Int32Array;
  readonly #below: Int32Array;
  readonly #counts: Int32Array;
  readonly #binWeights: Int32Array;
  readonly #sorted = new Int32Array(histogramFrom);
  /** Sum of the weights of the current node's examples, and of the squares of its classes' weights. */
  #weight = 0;
  #squares = 0;

  constructor(
    readonly data: Binned,
    readonly labels: Uint8Array,
    readonly options: GiniTreeOptions,
    key: readonly [number, number],
  ) {
    const {examples, features} = data;
    this.#draw = uniformStream(key);
    this.#weights = new Int32Array(examples).fill(options.bootstrap ? 0 : 1);
    if (options.bootstrap)
      for (let index = 0; index < examples; index++) {
        const drawn = Math.floor(this.#draw() * examples);
        this.#weights[drawn] = (this.#weights[drawn] as number) + 1;
      }
    this.#order = Int32Array.from(this.#weights.keys()).filter((example) => (this.#weights[example] as number) > 0);
    this.#aside = new Int32Array(this.#order.length);
    this.#featureOrder = Int32Array.from({length: features}, (_, feature) => feature);
    this.#total = new Int32Array(options.classes);
    this.#below = new Int32Array(options.classes);
    this.#counts = new Int32Array(256 * options.classes);
    this.#binWeights = new Int32Array(256);
  }

  grow(): Tree {
    const builder = new TreeBuilder();
    const open = [{node: builder.add(), start: 0, end: this.#order.length, depth: 0}];
    for (let at = open.pop(); at; at = open.pop()) {
      const {node, start, end, depth} = at;
      const best = this.#count(start, end) > 1 && depth < this.options.depth ? this.#bestSplit(start, end) : undefined;
      if (!best) {
        const shares = [...this.#total].map((count, name) => [name, count / this.#weight] as const);
        builder.leaf(
          node,
          shares.filter(([, share]) => share > 0),
        );
        continue;
      }
      const middle = partition(this.data, this.#order, this.#aside, start, end, best);
      const [left, right] = [builder.add(), builder.add()];
      const threshold = this.data.thresholds[(this.data.offsets[best.feature] as number) + best.bin] as number;
      builder.split(node, best.feature, threshold, left, right);
      open.push({node: right, start: middle, end, depth: depth + 1}, {node: left, start, end: middle, depth: depth + 1});
    }
    return builder.build();
  }

  /** Adds up a node's classes; returns how many it has. */
  #count(start: number, end: number): number {
    this.#total.fill(0);
    for (let place = start; place < end; place++) {
      const example = this.#order[place] as number;
      const name = this.labels[example] as number;
      this.#total[name] = (this.#total[name] as number) + (this.#weights[example] as number);
    }
    this.#weight = this.#total.reduce((sum, count) => sum + count, 0);
    this.#squares = this.#total.reduce((sum, count) => sum + count * count, 0);
    return this.#total.filter((count) => count > 0).length;
  }

  #bestSplit(start: number, end: number): Best | undefined {
    const {features} = this.data;
    const best = {gain: (this.#squares / this.#weight) * (1 + 1e-12), feature: -1, bin: 0};
    for (let at = 0, tried = 0; at < features && tried < this.options.featuresPerSplit; at++) {
      const other = at + Math.floor(this.#draw() * (features - at));
      const feature = this.#featureOrder[other] as number;
      this.#featureOrder[other] = this.#featureOrder[at] as number;
      this.#featureOrder[at] = feature;
      const varies =
        end - start < histogramFrom ? this.#trySorted(start, end, feature, best) : this.#tryCounted(start, end, feature, best);
      if (varies) tried += 1;
    }
    return best.feature < 0 ? undefined : best;
  }

  /** Looks at all splits of a feature by a histogram of classes by bin; false when the feature does not vary. */
  #tryCounted(start: number, end: number, feature: number, best: Best): boolean {
    const {codes, examples, offsets} = this.data;
    const classes = this.options.classes;
    const bins = (offsets[feature + 1] as number) - (offsets[feature] as number);
    const [order, weights, labels, counts, binWeights] = [
      this.#order,
      this.#weights,
      this.labels,
      this.#counts,
      this.#binWeights,
    ];
    counts.fill(0, 0, bins * classes);
    binWeights.fill(0, 0, bins);
    const column = feature * examples;
    for (let place = start; place < end; place++) {
      const example = order[place] as number;
      const bin = codes[column + example] as number;
      const weight = weights[example] as number;
      const cell = bin * classes + (labels[example] as number);
      counts[cell] = (counts[cell] as number) + weight;
      binWeights[bin] = (binWeights[bin] as number) + weight;
    }
    const sweep = new Sweep(this.#total, this.#below, this.#weight, this.#squares, this.options.leafExamples);
    let last = -1;
    for (let bin = 0; bin < bins; bin++) {
      if (binWeights[bin] === 0) continue;
      if (last === -1 && binWeights[bin] === this.#weight) return false;
      if (last >= 0) sweep.look(feature, last, best);
      for (let name = 0; name < classes; name++) {
        const count = counts[bin * classes + name] as number;
        if (count > 0) sweep.move(name, count);
      }
      last = bin;
    }
    return true;
  }

  /** The same by sorting the examples. */
  #trySorted(start: number, end: number, feature: number, best: Best): boolean {
    const {codes, examples} = this.data;
    const column = feature * examples;
    const count = end - start;
    const sorted = this.#sorted;
    let [smallest, largest] = [255, 0];
    for (let index = 0; index < count; index++) {
      const bin = codes[column + (this.#order[start + index] as number)] as number;
      if (bin < smallest) smallest = bin;
      if (bin > largest) largest = bin;
      const value = bin * histogramFrom + index;
      let place = index;
      if (count <= 40)
        for (; place > 0 && (sorted[place - 1] as number) > value; place--) sorted[place] = sorted[place - 1] as number;
      sorted[place] = value;
    }
    if (smallest === largest) return false;
    if (count > 40) sorted.subarray(0, count).sort();
    const sweep = new Sweep(this.#total, this.#below, this.#weight, this.#squares, this.options.leafExamples);
    let last = smallest;
    for (let index = 0; index < count; index++) {
      const value = sorted[index] as number;
      const example = this.#order[start + (value % histogramFrom)] as number;
      const bin = Math.floor(value / histogramFrom);
      if (bin !== last) sweep.look(feature, last, best);
      sweep.move(this.labels[example] as number, this.#weights[example] as number);
      last = bin;
    }
    return true;
  }
}

/** Moves examples from the right side of a split to the left, in order of a feature, and keeps what Gini impurity is made of. */
class Sweep {
  #weightBelow = 0;
  #squaresBelow = 0;
  #squaresAbove: number;

  constructor(
    readonly total: Int32Array,
    readonly below: Int32Array,
    readonly weight: number,
    squares: number,
    readonly leafExamples: number,
  ) {
    this.#squaresAbove = squares;
    below.fill(0);
  }

  move(name: number, count: number): void {
    const below = this.below[name] as number;
    const above = (this.total[name] as number) - below;
    this.#squaresBelow += count * (2 * below + count);
    this.#squaresAbove += count * (count - 2 * above);
    this.below[name] = below + count;
    this.#weightBelow += count;
  }

  /** Σ squares / weight of both sides is largest where the weighted impurity is smallest. */
  look(feature: number, bin: number, best: Best): void {
    const above = this.weight - this.#weightBelow;
    if (this.#weightBelow < this.leafExamples || above < this.leafExamples) return;
    const gain = this.#squaresBelow / this.#weightBelow + this.#squaresAbove / above;
    if (gain <= best.gain) return;
    best.gain = gain;
    best.feature = feature;
    best.bin = bin;
  }
}
