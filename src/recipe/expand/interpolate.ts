import type {Problems} from '../problems.js';
import {DEEPEST, LONGEST_CHAIN, LONGEST_TEXT, MOST_VALUES, measure} from '../read/limits.js';
import {parsePath} from '../read/path.js';
import type {Span} from '../read/source.js';
import {child, type Entry, type Mapping, type Path, placeOf, type Scalar, showPath, type Tree, usedAt} from '../read/tree.js';
import {quote, showValue, suggest} from '../wording.js';
import {createExpander, isBlock} from './blocks.js';
import type {Locals} from './locals.js';

const REFERENCE = /\$\$\{|\$\{([^}]*)\}?/g;

export interface Interpolator {
  /** The tree with every `${…}` replaced, and every `{block: …}` by its layers. `locals` hide params of the same name. */
  resolve(tree: Tree, locals?: Locals): Tree;
  /** Params that nothing has read so far. */
  unused(): readonly {readonly name: string; readonly key: Span}[];
  /** Blocks that nothing has used so far. */
  unusedBlocks(): readonly {readonly name: string; readonly key: Span}[];
}

interface Scope {
  readonly locals: Locals | undefined;
  /** Reached along several ways, a text is resolved, and its errors reported, once. */
  readonly done: Map<Tree, Tree>;
}

/**
 * Replaces `${name}`, `${name.path[0]}` and `${env:NAME}`. A value that is one reference takes the param as it is, subtrees and
 * types included; inside text a scalar is written out. `$${` stands for `${`. Params may refer to params.
 */
export function createInterpolator(
  params: Mapping,
  blocks: Tree | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  problems: Problems,
): Interpolator {
  const global: Scope = {locals: undefined, done: new Map()};
  const scopes = new Map<Locals, Scope>();
  const expander = createExpander(blocks, problems);
  const open: {tree: Tree; path: string; span: Span}[] = [];
  const used = new Set<string>();
  let total = 0;
  let full = false;

  const resolve = (tree: Tree, scope: Scope): Tree => {
    switch (tree.kind) {
      case 'mapping': {
        const entries = new Map<string, Entry>();
        for (const [name, {key, value}] of tree.entries) entries.set(name, {key, value: resolve(value, scope)});
        return {...tree, entries};
      }
      case 'sequence':
        return {...tree, items: tree.items.flatMap((item) => (isBlock(item) ? expand(item, scope) : [resolve(item, scope)]))};
      case 'scalar':
        return typeof tree.value === 'string' && tree.value.includes('${') ? resolveOnce(tree, tree.value, scope) : tree;
      case 'unknown':
        return tree;
    }
  };

  /** A block sees the params and what it is given, not the names around its use. */
  const expand = (item: Mapping, scope: Scope): readonly Tree[] => {
    const unknown: Tree = {kind: 'unknown', span: item.span};
    if (full) return [unknown];
    const given = resolve({...item, entries: new Map(item.entries)}, scope) as Mapping;
    const layers = expander.expand(given, (tree, locals) => resolve(tree, {locals, done: new Map()}));
    const whole: Tree = {kind: 'sequence', items: layers, span: item.span};
    return limited(whole, item.span) ? layers : [unknown];
  };

  const resolveOnce = (tree: Scalar, text: string, scope: Scope): Tree => {
    const result = scope.done.get(tree) ?? resolveText(tree, text, scope);
    scope.done.set(tree, result);
    return result;
  };

  const resolveText = (tree: Scalar, text: string, scope: Scope): Tree => {
    const whole = /^\$\{([^}]*)\}$/.exec(text);
    if (whole) {
      const at = referenceSpan(tree.span, whole[0], 0);
      const value = read(whole[1] ?? '', at, scope);
      if (!value) return {...tree, kind: 'unknown'};
      // what the environment gives stands nowhere else
      return value.span === at ? value : usedAt(value, tree.span);
    }
    let failed = false;
    let from = 0;
    const result = text.replace(REFERENCE, (match, inner: string | undefined) => {
      if (match === '$${') return '${';
      const at = referenceSpan(tree.span, match, from);
      from = at.end - tree.span.start;
      if (!match.endsWith('}'))
        problems.error('bad-reference', at, `Expected \`}\` after ${quote(match)}, got the end of the text`, {
          hint: 'Write `$${` for the characters themselves.',
        });
      const value = match.endsWith('}') ? read(inner ?? '', at, scope) : undefined;
      if (value?.kind === 'scalar') return String(value.value);
      if (value && value.kind !== 'unknown') {
        const got = value.kind === 'mapping' ? 'a mapping' : 'a list';
        problems.error('bad-reference', at, `Expected ${quote(match)} inside text to be a single value, got ${got}`, {
          related: [{span: placeOf(value, []).span, message: 'defined here'}],
        });
      }
      failed = true;
      return '';
    });
    if (!failed && result.length > LONGEST_TEXT) {
      problems.error(
        'recipe-too-large',
        tree.span,
        `Expected a text of at most ${LONGEST_TEXT} characters, got ${result.length}`,
      );
      failed = true;
    }
    return failed ? {...tree, kind: 'unknown'} : {...tree, value: result};
  };

  const read = (reference: string, at: Span, {locals}: Scope): Tree | undefined => {
    if (reference.startsWith('env:')) return readEnvironment(reference.slice(4), at);
    const path = parsePath(reference.trim());
    if (!path || typeof path[0] !== 'string') {
      problems.error('bad-reference', at, `Expected \`\${…}\` to hold a param's name, got ${quote(reference)}`, {
        hint: 'A reference is a param (`name`, `name.part[0]`) or `env:NAME`; there are no expressions. `$${` writes the characters themselves.',
      });
      return undefined;
    }
    const isLocal = locals?.entries.has(path[0]) === true;
    if (isLocal) locals.read.add(path[0]);
    else used.add(path[0]);
    const target = isLocal
      ? find({kind: 'mapping', entries: locals.entries, span: at}, path, at)
      : find(params, path, at, locals);
    return target && limited(target, at);
  };

  /** Walks to a param's part; on the way, a reference is followed. */
  const find = (from: Mapping, path: Path, at: Span, locals?: Locals): Tree | undefined => {
    let tree: Tree = from;
    for (const [index, step] of path.entries()) {
      const next: Tree | undefined = child(tree, step);
      if (!next) {
        reportMissing(path, index, tree, at, locals);
        return undefined;
      }
      const isLast = index === path.length - 1;
      const reached =
        isLast || (next.kind === 'scalar' && typeof next.value === 'string')
          ? settle(next, showPath(path.slice(0, index + 1)), at)
          : next;
      if (!reached || reached.kind === 'unknown') return reached;
      tree = reached;
    }
    return tree;
  };

  const settle = (tree: Tree, path: string, at: Span): Tree | undefined => {
    const known = global.done.get(tree);
    if (known) return known;
    const started = open.findIndex((each) => each.tree === tree);
    if (started !== -1) {
      const cycle = open.slice(started);
      const names = [...cycle.map((each) => each.path), path].map(quote).join(' → ');
      problems.error('param-cycle', at, `Expected params not to refer to themselves, got ${names}`, {
        related: cycle.slice(1).map((each) => ({span: each.span, message: `${quote(each.path)} is read here`})),
      });
      return {kind: 'unknown', span: tree.span};
    }
    if (open.length >= LONGEST_CHAIN) {
      reportTooLarge(at, `${LONGEST_CHAIN} params to read one another in a row`);
      return {kind: 'unknown', span: tree.span};
    }
    open.push({tree, path, span: at});
    const settled = resolve(tree, global);
    open.pop();
    global.done.set(tree, settled);
    return settled;
  };

  const reportMissing = (path: Path, index: number, tree: Tree, at: Span, locals?: Locals): void => {
    const step = path[index] as string | number;
    if (index === 0) {
      const names = [...(locals?.entries.keys() ?? []), ...params.entries.keys()];
      const block = locals?.block;
      const give = block && `Give it where the block is used: \`{block: ${block.name}, ${step}: …}\`.`;
      const hint = give ?? suggest(String(step), names, 'Params') ?? 'The recipe has no `params`.';
      const related = block ? [{span: block.use, message: 'the block is used here'}] : [];
      problems.error('unknown-param', at, `Expected a param named ${quote(String(step))}, got none`, {hint, related});
      return;
    }
    const parent = quote(showPath(path.slice(0, index)));
    const related = [{span: placeOf(tree, []).span, message: `${parent} is defined here`}];
    if (tree.kind === 'mapping') {
      const hint = suggest(String(step), [...tree.entries.keys()], 'Its parts');
      problems.error('unknown-param', at, `Expected ${parent} to have a part ${quote(String(step))}, got none`, {hint, related});
    } else if (tree.kind === 'sequence') {
      problems.error(
        'unknown-param',
        at,
        `Expected ${parent} to have an item ${typeof step === 'number' ? `[${step}]` : quote(step)}, got a list of ${tree.items.length}`,
        {related},
      );
    } else
      problems.error(
        'unknown-param',
        at,
        `Expected ${parent} to have parts, got ${showValue(tree.kind === 'scalar' ? tree.value : undefined)}`,
        {related},
      );
  };

  const readEnvironment = (name: string, at: Span): Tree | undefined => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined) return {kind: 'scalar', value, span: at};
    problems.error('unknown-environment', at, `Expected the environment to have a variable ${quote(name)}, got none`, {
      hint: /^\w+$/.test(name) ? `Set it: \`${name}=… npx pipeline …\`.` : undefined,
    });
    return undefined;
  };

  /** Values that a reference brings in count each time; params that repeat params would grow without end. */
  const limited = (tree: Tree, at: Span): Tree | undefined => {
    const {values, depth} = measure(tree);
    total += values;
    if (total <= MOST_VALUES && depth <= DEEPEST) return tree;
    reportTooLarge(
      at,
      `${depth > DEEPEST ? `${DEEPEST} levels of nesting` : `${MOST_VALUES} values`} once references are replaced`,
    );
    return undefined;
  };

  /** Once: what has grown past a limit does so in many places. */
  const reportTooLarge = (at: Span, expected: string): void => {
    if (!full) problems.error('recipe-too-large', at, `Expected at most ${expected}, got more`);
    full = true;
  };

  return {
    resolve: (tree, locals) => {
      if (tree === params) return resolveParams(params, settle);
      const scope = locals ? (scopes.get(locals) ?? {locals, done: new Map<Tree, Tree>()}) : global;
      if (locals) scopes.set(locals, scope);
      return resolve(tree, scope);
    },
    unusedBlocks: expander.unused,
    unused: () => [...params.entries].filter(([name]) => !used.has(name)).map(([name, {key}]) => ({name, key})),
  };
}

/** Each param once, and the same tree as where it is read, so that nothing is reported twice. */
function resolveParams(params: Mapping, settle: (tree: Tree, path: string, at: Span) => Tree | undefined): Mapping {
  const entries = new Map<string, Entry>();
  for (const [name, {key, value}] of params.entries) {
    entries.set(name, {key, value: settle(value, name, value.span) ?? {kind: 'unknown', span: value.span}});
  }
  return {...params, entries};
}

/** Where a reference stands in the text as written: escapes and folding may have moved it, so it is looked up. */
function referenceSpan(span: Span, reference: string, from: number): Span {
  const start = span.source.text.indexOf(reference, span.start + from);
  return start !== -1 && start < span.end ? {source: span.source, start, end: start + reference.length} : span;
}
