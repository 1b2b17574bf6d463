import {checkSchema} from '../check/params.js';
import type {Problems} from '../problems.js';
import {MOST_VALUES, measure} from '../read/limits.js';
import type {Source, Span} from '../read/source.js';
import {child, type Entry, hasUnknown, isEmpty, type Mapping, type Path, type Tree, toValue, withEntry} from '../read/tree.js';
import type {JsonSchema} from '../schema/describe-schema.js';
import {unrollSchema} from '../schema/envelope.js';
import {quote} from '../wording.js';
import {createInterpolator, type Interpolator} from './interpolate.js';
import type {Locals} from './locals.js';

/** Stages that one `foreach` or `matrix` may make. */
const MOST_VARIANTS = 10_000;

/** A recipe whose references, blocks, `foreach`, `matrix` and `when` are all carried out. */
interface Expanded {
  readonly root: Mapping;
  /** By the name a stage has in the recipe: the names of the stages it became. */
  readonly unrolled: ReadonlyMap<string, readonly string[]>;
  /** Stages whose `when` is false, and where it stands. */
  readonly leftOut: ReadonlyMap<string, Span>;
}

/** Carries out everything in a recipe that stands for something else. `main`: the texts whose unused params are worth a warning. */
export function expandRecipe(
  written: Mapping,
  environment: Readonly<Record<string, string | undefined>>,
  main: ReadonlySet<Source>,
  problems: Problems,
): Expanded {
  const root = fillEmpty(written, ['params', 'blocks']);
  const given = child(root, 'params');
  const params: Mapping = given?.kind === 'mapping' ? given : {kind: 'mapping', entries: new Map(), span: root.span};
  const before = countErrors(problems);
  const interpolator = createInterpolator(params, child(root, 'blocks'), environment, problems);
  const unrolled = new Map<string, readonly string[]>();
  const leftOut = new Map<string, Span>();
  const entries = new Map(root.entries);
  for (const [name, {key, value}] of root.entries) {
    if (value === params || name === 'blocks') continue;
    const isStages = name === 'stages' && value.kind === 'mapping';
    const resolved = isStages ? expandStages(value, interpolator, {unrolled, leftOut}, problems) : interpolator.resolve(value);
    entries.set(name, {key, value: resolved});
  }
  // A reference that failed may leave its param unused; one report is enough. A base serves other recipes too.
  if (countErrors(problems) === before) {
    for (const {name, key} of interpolator.unused())
      if (main.has(key.source))
        problems.warning('unused-param', key, `Expected param ${quote(name)} to be read by \`\${${name}}\`, got no use of it`);
    for (const {name, key} of interpolator.unusedBlocks())
      if (main.has(key.source))
        problems.warning(
          'unused-block',
          key,
          `Expected block ${quote(name)} to be used by \`{block: ${name}}\`, got no use of it`,
        );
  }
  const entry = root.entries.get('params');
  if (entry && given === params) entries.set('params', {key: entry.key, value: interpolator.resolve(params)});
  return {root: {...root, entries}, unrolled, leftOut};
}

const countErrors = ({found}: Problems): number => found.filter(({severity}) => severity === 'error').length;

interface Notes {
  readonly unrolled: Map<string, readonly string[]>;
  readonly leftOut: Map<string, Span>;
}

function expandStages(stages: Mapping, interpolator: Interpolator, notes: Notes, problems: Problems): Mapping {
  const entries = new Map<string, Entry>();
  let total = 0;
  for (const [name, {key, value}] of stages.entries) {
    if (value.kind !== 'mapping') {
      entries.set(name, {key, value: interpolator.resolve(value)});
      continue;
    }
    const variants = unroll(name, value, interpolator, problems);
    const plain = {...value, entries: new Map([...value.entries].filter(([each]) => each !== 'foreach' && each !== 'matrix'))};
    const names: string[] = [];
    // what is wrong with its lists is reported; nothing more is to be said of it
    if (variants.length === 0) entries.set(name, {key, value: {kind: 'unknown', span: value.span}});
    for (const {suffix, locals} of variants) {
      const stage = fillEmpty(interpolator.resolve(plain, locals) as Mapping, ['in', 'with', 'run']);
      total += measure(stage).values;
      if (total > MOST_VALUES) {
        problems.error('recipe-too-large', key, `Expected stages of at most ${MOST_VALUES} values, got more`);
        return {...stages, entries};
      }
      const when = child(stage, 'when');
      const variant = name + suffix;
      if (when?.kind === 'scalar' && when.value === false) notes.leftOut.set(variant, when.uses?.at(-1) ?? when.span);
      else {
        reportClash(variant, key, entries, problems);
        entries.set(variant, {key, value: stage});
        names.push(variant);
      }
    }
    if (plain.entries.size < value.entries.size) notes.unrolled.set(name, names);
    warnUnread(name, variants, problems);
  }
  return {...stages, entries};
}

/** A name may be written that `foreach` makes as well. */
function reportClash(name: string, key: Span, entries: ReadonlyMap<string, Entry>, problems: Problems): void {
  const first = entries.get(name);
  if (!first) return;
  const isSame = first.key === key;
  const hint = isSame ? 'Two of its values are called alike; a value that is a mapping is called by its `name`.' : undefined;
  const related = isSame ? [] : [{span: first.key, message: 'the other'}];
  problems.error('name-clash', key, `Expected stages to have names of their own, got ${quote(name)} twice`, {hint, related});
}

interface Variant {
  /** `@C=1@depth=2`, or nothing for a stage that stands for itself. */
  readonly suffix: string;
  readonly locals?: Locals;
}

/** The stages that one stage stands for; none after reporting what is wrong with its lists. */
function unroll(name: string, stage: Mapping, interpolator: Interpolator, problems: Problems): readonly Variant[] {
  const [foreach, matrix] = [stage.entries.get('foreach'), stage.entries.get('matrix')];
  const given = foreach ?? matrix;
  if (!given) return [{suffix: ''}];
  if (foreach && matrix) {
    const related = [{span: foreach.key, message: 'beside this'}];
    problems.error('wrong-value', matrix.key, `Expected ${quote(name)} to have \`foreach\` or \`matrix\`, got both`, {related});
    return [];
  }
  const path: Path = [name, foreach ? 'foreach' : 'matrix'];
  const lists = interpolator.resolve(given.value);
  const title = quote(path.join('.'));
  const sound = checkSchema(
    unrollSchema as unknown as JsonSchema,
    toValue(lists),
    {tree: lists, key: given.key, name: title},
    problems,
  );
  if (!sound || lists.kind !== 'mapping' || hasUnknown(lists)) return [];
  const variables = [...lists.entries].map(([variable, {key: at, value}]) => ({
    variable,
    at,
    items: value.kind === 'sequence' ? value.items : [],
  }));
  const rows = foreach ? inStep(title, variables, problems) : everyCombination(title, given.key, variables, problems);
  return rows.map((row): Variant => {
    const parts = variables.map(
      ({variable, items}, index) => `${variable}=${nameOf(items[row[index] ?? 0] as Tree, row[index] ?? 0)}`,
    );
    const values = variables.map(
      ({variable, at, items}, index) => [variable, {key: at, value: items[row[index] ?? 0] as Tree}] as const,
    );
    const suffix = parts.join('@');
    // a folder is named so
    return {suffix: `@${suffix.length <= 100 ? suffix : row.join('@')}`, locals: {entries: new Map(values), read: new Set()}};
  });
}

interface Variable {
  readonly variable: string;
  readonly at: Span;
  readonly items: readonly Tree[];
}

/** `foreach`: the first items, the second items, … */
function inStep(title: string, variables: readonly Variable[], problems: Problems): readonly (readonly number[])[] {
  const [first, ...others] = variables;
  const length = first?.items.length ?? 0;
  const odd = others.find(({items}) => items.length !== length);
  if (first && odd) {
    const message = `Expected the lists of ${title} to be of one length, got ${odd.items.length} beside ${length}`;
    const hint = '`foreach` goes through its lists in step; `matrix` takes every combination.';
    problems.error('wrong-value', odd.at, message, {hint, related: [{span: first.at, message: `${length} here`}]});
    return [];
  }
  return Array.from({length}, (_, index) => variables.map(() => index));
}

/** `matrix`: the last list varies fastest. */
function everyCombination(
  title: string,
  key: Span,
  variables: readonly Variable[],
  problems: Problems,
): readonly (readonly number[])[] {
  const count = variables.reduce((product, {items}) => product * items.length, 1);
  if (count > MOST_VARIANTS) {
    problems.error('recipe-too-large', key, `Expected ${title} to make at most ${MOST_VARIANTS} stages, got ${count}`);
    return [];
  }
  return variables.reduce<readonly (readonly number[])[]>(
    (rows, {items}) => rows.flatMap((row) => items.map((_, index) => [...row, index])),
    [[]],
  );
}

/** A plain value names its stage; a mapping by its `name`; what no file name can hold by its place in the list. */
function nameOf(item: Tree, index: number): string {
  const value = item.kind === 'mapping' ? child(item, 'name') : item;
  const text = value?.kind === 'scalar' ? String(value.value) : '';
  return /^[\w+-][\w.+-]{0,39}$/.test(text) ? text : String(index);
}

function warnUnread(name: string, variants: readonly Variant[], problems: Problems): void {
  if (problems.found.some(({severity}) => severity === 'error')) return;
  const [first] = variants;
  for (const [variable, {key}] of first?.locals?.entries ?? [])
    if (!first?.locals?.read.has(variable))
      problems.warning('unused-param', key, `Expected ${quote(name)} to read \`\${${variable}}\`, got no use of it`);
}

/** `with:` with nothing after it is YAML's null; people mean an empty mapping. */
function fillEmpty(mapping: Mapping, names: readonly string[]): Mapping {
  return names.reduce((tree, name) => {
    const entry = tree.entries.get(name);
    if (!entry || !isEmpty(entry.value)) return tree;
    const value: Tree = {kind: 'mapping', entries: new Map(), span: entry.value.span};
    return withEntry(tree, name, {key: entry.key, value});
  }, mapping);
}
