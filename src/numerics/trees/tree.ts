/**
 * A decision tree in arrays. Node 0 is the root. A node with `feature` ≥ 0 sends an example to `left` when its feature is at most
 * `threshold`, else to `right`; one with −1 is a leaf, and its entries are those from `left` up to `right`: its values for `classes`.
 */
export interface Tree {
  /** int32 [nodes] */
  readonly feature: Int32Array;
  /** float32 [nodes] */
  readonly threshold: Float32Array;
  /** int32 [nodes] */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** int32 [entries] */
  readonly classes: Int32Array;
  /** float32 [entries] */
  readonly values: Float32Array;
}

/** Grows a tree's arrays node by node. */
export class TreeBuilder {
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #classes: number[] = [];
  readonly #values: number[] = [];

  /** A node of which nothing is known yet; returns its index. */
  add(): number {
    this.#feature.push(-1);
    this.#threshold.push(0);
    this.#left.push(0);
    this.#right.push(0);
    return this.#feature.length - 1;
  }

  split(node: number, feature: number, threshold: number, left: number, right: number): void {
    this.#feature[node] = feature;
    this.#threshold[node] = threshold;
    this.#left[node] = left;
    this.#right[node] = right;
  }

  leaf(node: number, entries: readonly (readonly [name: number, value: number])[]): void {
    this.#left[node] = this.#classes.length;
    for (const [name, value] of entries) {
      this.#classes.push(name);
      this.#values.push(value);
    }
    this.#right[node] = this.#classes.length;
  }

  build(): Tree {
    return {
      feature: Int32Array.from(this.#feature),
      threshold: Float32Array.from(this.#threshold),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      classes: Int32Array.from(this.#classes),
      values: Float32Array.from(this.#values),
    };
  }
}

/** Adds a tree's values for every example to `sums`, float64 [examples, classes]. `valueAt` gives a feature of an example. */
export function addTree(tree: Tree, examples: number, classes: number, valueAt: ValueAt, sums: Float64Array): void {
  const {feature, threshold, left, right} = tree;
  for (let example = 0; example < examples; example++) {
    let node = 0;
    for (let chosen = feature[0] as number; chosen >= 0; chosen = feature[node] as number)
      node = (valueAt(example, chosen) <= (threshold[node] as number) ? left[node] : right[node]) as number;
    for (let entry = left[node] as number; entry < (right[node] as number); entry++) {
      const place = example * classes + (tree.classes[entry] as number);
      sums[place] = (sums[place] as number) + (tree.values[entry] as number);
    }
  }
}

export type ValueAt = (example: number, feature: number) => number;

/** Size of trees: nodes, and numbers that were learned: feature and threshold of each split, each value of a leaf. */
export function sizesOf(trees: readonly Tree[]): {readonly nodes: number; readonly parameters: number} {
  const sum = (of: (tree: Tree) => number): number => trees.reduce((total, tree) => total + of(tree), 0);
  const splits = sum(({feature}) => feature.filter((chosen) => chosen >= 0).length);
  return {nodes: sum(({feature}) => feature.length), parameters: 2 * splits + sum(({values}) => values.length)};
}
