import {type HostTensor, hostTensor, type PackedTensor} from '../../core/host-tensor.js';
import type {Shape} from '../../core/ports.js';
import {addTree, type Tree, type ValueAt} from './tree.js';

/** Decision trees that vote, or that add up: with their weights enough to use them again. */
export interface TreeEnsemble {
  /** Shape of one input example; trees see it as one row. */
  readonly input: Shape;
  readonly trees: {
    readonly classes: number;
    /** `shares`: leaves give shares of the classes, scores are the logarithm of their mean. `scores`: leaves give scores, which add up. */
    readonly leaves: 'shares' | 'scores';
  };
}

/** True when a model's architecture is of trees, not of layers. */
export const isTreeEnsemble = (architecture: unknown): architecture is TreeEnsemble =>
  typeof architecture === 'object' && architecture !== null && 'trees' in architecture;

type Weights = Readonly<Record<string, HostTensor>>;

/** Least probability of a class that no tree votes for, as scikit-learn's log_loss has it in float32. */
export const smallestShare = 2 ** -23;

const parts = ['feature', 'threshold', 'left', 'right', 'classes', 'values'] as const;
const perNode: ReadonlySet<string> = new Set(['feature', 'threshold', 'left', 'right']);

/**
 * The trees' arrays one after the other, each as of `Tree`; `nodes` and `entries`, int32 [trees], say how many each tree has. `base`:
 * float32 [classes], what the scores begin with.
 */
export function joinTrees(trees: readonly Tree[], base: Float32Array): Record<string, HostTensor> {
  const join = (part: (typeof parts)[number]): HostTensor => {
    const arrays = trees.map((tree) => tree[part]);
    const total = arrays.reduce((sum, {length}) => sum + length, 0);
    const joined = part === 'threshold' || part === 'values' ? new Float32Array(total) : new Int32Array(total);
    let at = 0;
    for (const array of arrays) {
      joined.set(array, at);
      at += array.length;
    }
    return joined instanceof Float32Array ? hostTensor('float32', [total], joined) : hostTensor('int32', [total], joined);
  };
  const sizes = (of: (tree: Tree) => number): HostTensor => hostTensor('int32', [trees.length], Int32Array.from(trees, of));
  return {
    ...Object.fromEntries(parts.map((part) => [part, join(part)])),
    nodes: sizes(({feature}) => feature.length),
    entries: sizes(({classes}) => classes.length),
    base: hostTensor('float32', [base.length], base),
  };
}

/** The trees of joined arrays, as views of them. */
export function splitTrees(weights: Weights): Tree[] {
  const [nodes, entries] = [weights['nodes']?.data ?? [], weights['entries']?.data ?? []];
  let [node, entry] = [0, 0];
  return Array.from(nodes, (count, index) => {
    const more = entries[index] as number;
    const views = parts.map((part) => {
      const [start, length] = perNode.has(part) ? [node, count] : [entry, more];
      return [part, weights[part]?.data.subarray(start, start + length)];
    });
    node += count;
    entry += more;
    return Object.fromEntries(views) as Tree;
  });
}

/** Feature `feature` of example `example` of a tensor [examples, …], as float32. */
export function valuesOf({data, shape, affine}: PackedTensor): ValueAt {
  const features = data.length / (shape[0] || 1);
  if (!(data instanceof Uint8Array)) return (example, feature) => data[example * features + feature] as number;
  const {scale, offset} = affine ?? {scale: 1, offset: 0};
  const table = Float32Array.from({length: 256}, (_, byte) => byte * scale + offset);
  return (example, feature) => table[data[example * features + feature] as number] as number;
}

/** Adds up trees over examples; scores can be asked for at any time. */
export class RunningScores {
  readonly #sums: Float64Array;
  readonly #valueAt: ValueAt;
  #trees = 0;

  constructor(
    readonly ensemble: TreeEnsemble,
    readonly examples: PackedTensor,
    base: ArrayLike<number>,
  ) {
    const {classes} = ensemble.trees;
    this.#valueAt = valuesOf(examples);
    this.#sums = new Float64Array((examples.shape[0] ?? 0) * classes).map((_, index) => base[index % classes] as number);
  }

  add(trees: readonly Tree[]): void {
    for (const tree of trees) addTree(tree, this.examples.shape[0] ?? 0, this.ensemble.trees.classes, this.#valueAt, this.#sums);
    this.#trees += trees.length;
  }

  /** A score a class before any softmax, float32 [examples, classes]. */
  scores(): HostTensor<'float32'> {
    const {classes, leaves} = this.ensemble.trees;
    const score = (sum: number): number => (leaves === 'scores' ? sum : Math.log(Math.max(sum / this.#trees, smallestShare)));
    return hostTensor('float32', [this.examples.shape[0] ?? 0, classes], Float32Array.from(this.#sums, score));
  }
}

/** Scores of examples, float32 [examples, classes], before any softmax. */
export function ensembleScores(ensemble: TreeEnsemble, weights: Weights, examples: PackedTensor): HostTensor<'float32'> {
  const running = new RunningScores(ensemble, examples, weights['base']?.data ?? []);
  running.add(splitTrees(weights));
  return running.scores();
}
