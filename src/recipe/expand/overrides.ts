import type {Problems} from '../problems.js';
import {parseYaml} from '../read/parse-yaml.js';
import {parsePath} from '../read/path.js';
import type {Source, Span} from '../read/source.js';
import {child, isEmpty, type Mapping, type Path, placeOf, showPath, type Tree, withEntry} from '../read/tree.js';
import {quote, showValue, suggest} from '../wording.js';

const TOP = ['name', 'seed', 'backend', 'params', 'blocks', 'checks', 'stages'];

/**
 * Applies the `PATH=VALUE` of each `--set` in order. The path is looked up in `params` first (`epochs`, `optimizer.rate`), then among the
 * stages (`aae.epochs` is that stage's `with.epochs`), then from the top of the recipe (`seed`, `stages.aae.use`).
 * The value is YAML, and stands in a source of its own, so that what is wrong with it is shown at the argument.
 */
export function applyOverrides(root: Mapping, set: readonly Source[], problems: Problems): Mapping {
  return set.reduce((tree, argument) => applyOne(tree, argument, problems), root);
}

function applyOne(root: Mapping, source: Source, problems: Problems): Mapping {
  const {text} = source;
  const equals = text.indexOf('=');
  const whole: Span = {source, start: 0, end: text.length};
  if (equals <= 0) {
    problems.error('bad-override', whole, `Expected \`--set\` to be followed by \`name=value\`, got ${quote(text)}`);
    return root;
  }
  const key: Span = {source, start: 0, end: equals};
  const path = parsePath(text.slice(0, equals));
  if (!path || typeof path[0] !== 'string') {
    problems.error(
      'bad-override',
      key,
      `Expected a path such as \`epochs\` or \`aae.encoder[0].dense\`, got ${quote(text.slice(0, equals))}`,
    );
    return root;
  }
  const value: Tree = parseYaml(source, problems, equals + 1) ?? {
    kind: 'unknown',
    span: {source, start: equals + 1, end: text.length},
  };
  const target = findTarget(root, path, key, problems);
  return target ? (replace(root, target, value, key, problems) as Mapping) : root;
}

interface Target {
  readonly path: Path;
  /** Steps from here on may be new; before, each must be there. */
  readonly mayAddFrom: number;
}

function findTarget(root: Mapping, path: Path, key: Span, problems: Problems): Target | undefined {
  const [first, ...rest] = path as [string, ...Path];
  const params = child(root, 'params');
  const stages = child(root, 'stages');
  if (params?.kind === 'mapping' && params.entries.has(first))
    return {path: ['params', ...path], mayAddFrom: Number.POSITIVE_INFINITY};
  if (stages?.kind === 'mapping' && stages.entries.has(first)) {
    if (rest.length > 0) return {path: ['stages', first, 'with', ...rest], mayAddFrom: 2};
    problems.error('bad-override', key, `Expected ${quote(first)}, a stage, to be followed by one of its params, got it alone`, {
      hint: `Write \`--set ${first}.PARAM=VALUE\`.`,
    });
    return undefined;
  }
  if ((first === 'params' || first === 'blocks') && rest.length > 0) return {path, mayAddFrom: Number.POSITIVE_INFINITY};
  if (first === 'stages' && rest.length > 0) return {path, mayAddFrom: 2};
  if (TOP.includes(first) && rest.length === 0) return {path, mayAddFrom: 0};
  const names = [
    ...(params?.kind === 'mapping' ? params.entries.keys() : []),
    ...(stages?.kind === 'mapping' && rest.length > 0 ? stages.entries.keys() : []),
    ...(rest.length === 0 ? ['seed', 'backend'] : []),
  ];
  problems.error(
    'unknown-param',
    key,
    `Expected ${rest.length > 0 ? 'a param or stage' : 'a param'} named ${quote(first)}, got none`,
    {hint: suggest(first, names, 'Known')},
  );
  return undefined;
}

/** The tree with `value` at the path; only what lies on the way is copied. */
function replace(root: Tree, target: Target, value: Tree, key: Span, problems: Problems): Tree {
  const {path, mayAddFrom} = target;
  const descend = (tree: Tree | undefined, depth: number): Tree | undefined => {
    const step = path[depth];
    if (step === undefined) return value;
    const here: Tree = tree && !(isEmpty(tree) && depth >= mayAddFrom) ? tree : {kind: 'mapping', entries: new Map(), span: key};
    const known = quote(showPath(path.slice(0, depth)));
    if (here.kind === 'mapping' && typeof step === 'string') {
      const entry = here.entries.get(step);
      if (!entry && depth < mayAddFrom) {
        problems.error('unknown-param', key, `Expected ${known} to have ${quote(step)}, got none`, {
          hint: suggest(step, [...here.entries.keys()], 'It has'),
          related: [{span: placeOf(here, []).span, message: 'defined here'}],
        });
        return undefined;
      }
      const inner = descend(entry?.value, depth + 1);
      return inner && withEntry(here, step, {key: depth === path.length - 1 || !entry ? key : entry.key, value: inner});
    }
    if (here.kind === 'sequence' && typeof step === 'number') {
      if (step < here.items.length) {
        const inner = descend(here.items[step], depth + 1);
        return inner && {...here, items: here.items.map((item, index) => (index === step ? inner : item))};
      }
      problems.error('bad-override', key, `Expected ${known} to have an item [${step}], got a list of ${here.items.length}`);
      return undefined;
    }
    const got = here.kind === 'scalar' ? showValue(here.value) : here.kind === 'mapping' ? 'a mapping' : 'a list';
    const expected = typeof step === 'number' ? 'a list' : 'a mapping';
    const [, param] = (here.kind === 'scalar' && /^\$\{([\w.[\]-]+)\}$/.exec(String(here.value))) || [];
    const hint =
      param === undefined ? undefined : `It reads a param: \`--set ${param}${showPath(['', ...path.slice(depth)])}=…\`.`;
    problems.error(
      'bad-override',
      key,
      `Expected ${known} to be ${expected}, for ${quote(showPath([step]))} to be set in it, got ${got}`,
      {hint},
    );
    return undefined;
  };
  return descend(root, 0) ?? root;
}
