import {realpath} from 'node:fs/promises';
import {dirname, isAbsolute, join} from 'node:path';
import type {Problems} from '../problems.js';
import {quote, showValue, suggest} from '../wording.js';
import {parseYaml} from './parse-yaml.js';
import {readSource} from './read-source.js';
import type {Source, Span} from './source.js';
import {child, type Entry, isEmpty, type Mapping, type Path, placeOf, showPath, type Tree} from './tree.js';

/** Recipes that one builds on, each on the next. */
const LONGEST_CHAIN = 20;

/** A recipe with all it extends and the `--params` files merged in; the files it is made of, in the order of their diagnostics. */
export interface Composed {
  readonly root: Mapping;
  /** Recipes that are extended, the nearest first. */
  readonly bases: readonly string[];
  readonly sources: readonly Source[];
}

/**
 * Follows `extends` from a recipe's own text down to the last base, and merges upwards: mappings key by key, everything else is
 * replaced, `~` removes. Every value keeps the place it was written at. `undefined` after reporting what cannot be read.
 */
export async function composeRecipe(source: Source, problems: Problems): Promise<Composed | undefined> {
  const layers: Mapping[] = [];
  const sources = [source];
  const known = new Map<string, Span | undefined>([[await identity(source.name), undefined]]);
  for (let at: Source | undefined = source; at; ) {
    const tree = parseMapping(at, 'a recipe to be a mapping with `name` and `stages`', problems);
    if (!tree) return undefined;
    const given = tree.entries.get('extends');
    layers.push(given ? {...tree, entries: new Map([...tree.entries].filter(([name]) => name !== 'extends'))} : tree);
    if (!given) break;
    const base: Source | undefined = await readBase(given, at, known, problems);
    if (!base) return undefined;
    sources.push(base);
    at = base;
  }
  return {
    root: layers.reduceRight((base, over) => merge(base, over) as Mapping),
    bases: sources.slice(1).map(({name}) => name),
    sources,
  };
}

/** One file, one name: links and `./` are followed. */
const identity = (path: string): Promise<string> => realpath(path).catch(() => path);

async function readBase(
  {value}: Entry,
  from: Source,
  known: Map<string, Span | undefined>,
  problems: Problems,
): Promise<Source | undefined> {
  const at = placeOf(value, []).span;
  if (value.kind !== 'scalar' || typeof value.value !== 'string') {
    const got = value.kind === 'scalar' ? showValue(value.value) : value.kind === 'mapping' ? 'a mapping' : 'a list';
    problems.error('wrong-type', at, `Expected \`extends\` to be the path of another recipe, got ${got}`);
    return undefined;
  }
  const written = value.value;
  if (isAbsolute(written) || !/^[^\0\\:]+\.ya?ml$/.test(written)) {
    problems.error('bad-path', at, `Expected \`extends\` to be a relative path to a \`.yaml\` file, got ${quote(written)}`, {
      hint: 'It starts at the folder of the recipe that says it: `extends: base.yaml`.',
    });
    return undefined;
  }
  const path = join(dirname(from.name), written);
  const id = await identity(path);
  if (known.has(id) || known.size >= LONGEST_CHAIN) {
    const places = [...known.values()].flatMap((span) => (span ? [{span, message: 'which is extended here'}] : []));
    const expected = known.has(id) ? 'no recipe to extend itself' : `at most ${LONGEST_CHAIN} recipes in a row`;
    problems.error('extends-cycle', at, `Expected ${expected}, got ${quote(path)}${known.has(id) ? ' again' : ''}`, {
      related: places,
    });
    return undefined;
  }
  known.set(id, at);
  return readSource(path, problems, at);
}

/** Merges the values of a `--params` file over the recipe's; names that the recipe does not have are reported. */
export async function applyParams(composed: Composed, paths: readonly string[], problems: Problems): Promise<Composed> {
  let {root} = composed;
  const sources: Source[] = [];
  for (const path of paths) {
    const source = await readSource(path, problems, undefined, 'file of params');
    if (!source) continue;
    sources.unshift(source);
    const given = parseMapping(source, 'a file of params to be a mapping from names to values', problems);
    const params = root.entries.get('params');
    if (!given) continue;
    const has = params?.value.kind === 'mapping' ? params.value.entries : new Map<string, Entry>();
    for (const [name, {key}] of given.entries) {
      if (has.has(name)) continue;
      const hint = suggest(name, [...has.keys()], 'Params') ?? 'The recipe has no `params`.';
      problems.error('unknown-param', key, `Expected a param named ${quote(name)}, got none`, {hint});
    }
    if (!params) continue;
    // here `~` is a value: a file of params gives values and takes nothing away
    const value = [...given.entries].reduce<Tree>(
      (tree, [name, entry]) => (has.has(name) && tree.kind === 'mapping' ? setDeep(tree, [name], entry, problems) : tree),
      params.value,
    );
    root = {...root, entries: new Map(root.entries).set('params', {key: params.key, value})};
  }
  return {...composed, root, sources: [...sources, ...composed.sources]};
}

/** The mapping that `path` leads to the last step of, with `entry` there; parts are merged, and none may be new, as with `--set`. */
function setDeep(tree: Mapping, path: Path, entry: Entry, problems: Problems): Mapping {
  const name = String(path.at(-1));
  const below = child(tree, name);
  if (!below) {
    const hint = suggest(name, [...tree.entries.keys()], 'It has');
    const parent = quote(showPath(path.slice(0, -1)));
    problems.error('unknown-param', entry.key, `Expected ${parent} to have a part ${quote(name)}, got none`, {hint});
    return tree;
  }
  const value =
    below.kind === 'mapping' && entry.value.kind === 'mapping'
      ? [...entry.value.entries].reduce((inner, [part, each]) => setDeep(inner, [...path, part], each, problems), below)
      : entry.value;
  return {...tree, entries: new Map(tree.entries).set(name, {key: entry.key, value})};
}

function parseMapping(source: Source, expected: string, problems: Problems): Mapping | undefined {
  const tree = parseYaml(source, problems);
  if (!tree || tree.kind === 'unknown') return undefined;
  if (tree.kind === 'mapping') return tree;
  const got = tree.kind === 'sequence' ? 'a list' : isEmpty(tree) ? 'an empty file' : 'a single value';
  problems.error('wrong-type', tree.span, `Expected ${expected}, got ${got}`);
  return undefined;
}

function merge(base: Tree, over: Tree): Tree {
  if (base.kind !== 'mapping' || over.kind !== 'mapping') return over;
  const entries = new Map(base.entries);
  for (const [name, entry] of over.entries) {
    const below = entries.get(name);
    if (!below) entries.set(name, entry);
    else if (isWrittenNull(entry.value)) entries.delete(name);
    // `params:` with nothing after it adds nothing
    else if (!(isEmpty(entry.value) && below.value.kind === 'mapping'))
      entries.set(name, {key: entry.key, value: merge(below.value, entry.value)});
  }
  return {...over, entries};
}

const isWrittenNull = (tree: Tree): boolean => isEmpty(tree) && tree.span.end > tree.span.start;
