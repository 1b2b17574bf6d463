import type {Span} from './source.js';

/** The content of YAML, with the place of every key and value. Later passes replace parts; places stay with the values. */
export type Tree = Scalar | Mapping | Sequence | Unknown;

interface Located {
  readonly span: Span;
  /** Where this value is used when it stands elsewhere: `${…}` and YAML aliases, the outermost use last. */
  readonly uses?: readonly Span[];
}

export type ScalarValue = string | number | boolean | null;

export interface Scalar extends Located {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
}

export interface Entry {
  readonly key: Span;
  readonly value: Tree;
}

/** Keys live in a Map, so that `__proto__` is a key like any other. */
export interface Mapping extends Located {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, Entry>;
}

interface Sequence extends Located {
  readonly kind: 'sequence';
  readonly items: readonly Tree[];
}

/** A value that could not be made out; its error is reported already, so nothing more is said of it. */
interface Unknown extends Located {
  readonly kind: 'unknown';
}

export type Path = readonly (string | number)[];

export const isEmpty = (tree: Tree | undefined): boolean => tree === undefined || (tree.kind === 'scalar' && tree.value === null);

export function child(tree: Tree | undefined, step: string | number): Tree | undefined {
  if (tree?.kind === 'mapping') return tree.entries.get(String(step))?.value;
  if (tree?.kind === 'sequence') return tree.items[Number(step)];
  return undefined;
}

/** The same tree, seen from one more place. */
export function usedAt(tree: Tree, use: Span): Tree {
  return {...tree, uses: [...(tree.uses ?? []), use]};
}

/** A mapping with one entry set, the others as they were. */
export function withEntry(mapping: Mapping, name: string, entry: Entry): Mapping {
  return {...mapping, entries: new Map(mapping.entries).set(name, entry)};
}

/** The plain value of a tree. Unknown parts become `undefined`. */
export function toValue(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'sequence':
      return tree.items.map(toValue);
    case 'mapping': {
      const object: Record<string, unknown> = {};
      for (const [name, {value}] of tree.entries) setOwn(object, name, toValue(value));
      return object;
    }
    case 'unknown':
      return undefined;
  }
}

/** Plain assignment to `__proto__` would change the prototype. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, {value, enumerable: true, configurable: true, writable: true});
}

export function hasUnknown(tree: Tree | undefined): boolean {
  switch (tree?.kind) {
    case 'unknown':
      return true;
    case 'sequence':
      return tree.items.some(hasUnknown);
    case 'mapping':
      return [...tree.entries.values()].some(({value}) => hasUnknown(value));
    default:
      return false;
  }
}

/** A place in the text, and the other places that led to it. */
export interface Place {
  readonly span: Span;
  readonly uses: readonly Span[];
}

/**
 * Where to point for `path` under `tree`: the value there, or the nearest that is written down. A value of several
 * lines is shown by its key, which says more than its first line.
 */
export function placeOf(tree: Tree, path: Path, key?: Span): Place {
  let at = tree;
  let name = key;
  let uses = at.uses ?? [];
  for (const step of path) {
    const next = child(at, step);
    if (!next) break;
    if (at.kind === 'mapping') name = at.entries.get(String(step))?.key;
    else if (spansLines(next.span)) name = undefined;
    at = next;
    // Inner values were used where the whole was used.
    uses = [...(at.uses ?? []), ...uses.filter((use) => !at.uses?.includes(use))];
  }
  // A value that is not written, as after `epochs:`, has no place of its own.
  const isHidden = at.span.start === at.span.end || (at.kind !== 'scalar' && spansLines(at.span));
  return {span: name && isHidden ? name : at.span, uses};
}

/** Where the last key of `path` stands. */
export function keyPlace(tree: Tree, path: Path): Place {
  const parent = path.slice(0, -1).reduce<Tree | undefined>(child, tree);
  const key = parent?.kind === 'mapping' ? parent.entries.get(String(path.at(-1)))?.key : undefined;
  const place = placeOf(tree, path);
  return key ? {span: key, uses: place.uses} : place;
}

function spansLines({source, start, end}: Span): boolean {
  return source.text.slice(start, end).trimEnd().includes('\n');
}

/** `a.layers[1].dense`, as people write paths. */
export function showPath(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
