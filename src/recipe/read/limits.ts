import type {Tree} from './tree.js';

/** Levels of nesting, aliases and references included; real recipes have fewer than ten. */
export const DEEPEST = 100;
/** Values once aliases and references are replaced: what keeps ten short lines from becoming a billion values. */
export const MOST_VALUES = 200_000;
/** Characters of a text once references in it are replaced. */
export const LONGEST_TEXT = 100_000;
/** Params that read one another in a row. */
export const LONGEST_CHAIN = 50;

const known = new WeakMap<Tree, {readonly values: number; readonly depth: number}>();

/** Number of values of a tree when repeated parts count each time, and its depth. Parts are measured once. */
export function measure(tree: Tree): {readonly values: number; readonly depth: number} {
  const before = known.get(tree);
  if (before) return before;
  let values = 1;
  let depth = 1;
  const parts =
    tree.kind === 'mapping' ? Array.from(tree.entries.values(), ({value}) => value) : tree.kind === 'sequence' ? tree.items : [];
  for (const part of parts) {
    const inner = measure(part);
    values += inner.values;
    depth = Math.max(depth, inner.depth + 1);
  }
  known.set(tree, {values, depth});
  return {values, depth};
}
