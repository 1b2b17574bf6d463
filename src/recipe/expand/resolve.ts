import {positionOf, type Span} from '../read/source.js';
import {child, isEmpty, type Mapping, type Path, placeOf, type Tree} from '../read/tree.js';
import type {Recipe, Stage} from '../recipe.js';

/** A value of a finished recipe, and where it was written; none where it is a default. */
export type Resolved =
  | {readonly kind: 'value'; readonly value: string | number | boolean | null; readonly origin: Span | undefined}
  | {readonly kind: 'list'; readonly items: readonly Resolved[]; readonly origin: Span | undefined}
  | {readonly kind: 'mapping'; readonly entries: readonly (readonly [string, Resolved])[]; readonly origin: Span | undefined};

/**
 * A recipe with everything carried out: one file, no references, no `foreach`, every default written down. Read again, it is the
 * same recipe to the last key.
 */
export function resolveRecipe(recipe: Recipe, tree: Mapping): Resolved {
  const simple = ['name', 'seed', 'backend'] as const;
  const checks = child(tree, 'checks');
  return mapping([
    ...simple.map((name) => [name, resolved(recipe[name], child(tree, name))] as const),
    ...given('params', recipe.params, child(tree, 'params')),
    ...(recipe.checks.length > 0
      ? [
          [
            'checks',
            listOf(
              recipe.checks.map(({stage, metric, operator, value, span}) =>
                scalar(`${stage}.${metric} ${operator} ${value}`, span),
              ),
              checks,
            ),
          ] as const,
        ]
      : []),
    [
      'stages',
      mapping(recipe.stages.map((stage) => [stage.name, resolveStage(stage, child(child(tree, 'stages'), stage.name))])),
    ],
  ]);
}

function resolveStage({use, inputs, params, seed, register}: Stage, tree: Tree | undefined): Resolved {
  const run = child(tree, 'run');
  return mapping([
    ['use', resolved(use, child(tree, 'use'))],
    ...(Object.keys(inputs).length > 0 ? [['in', resolveInputs(inputs, child(tree, 'in'))] as const] : []),
    ...given('with', params, child(tree, 'with')),
    ...(child(tree, 'seed') ? [['seed', resolved(seed, child(tree, 'seed'))] as const] : []),
    ...given('register', register, child(tree, 'register')),
    ...(run && !isEmpty(run) ? [['run', written(run)] as const] : []),
  ]);
}

/** Edges of an input that takes many stand below it, by their names. */
function resolveInputs(inputs: Stage['inputs'], tree: Tree | undefined): Resolved {
  const ports = new Map<string, [string, Resolved][]>();
  const whole = tree && placeOf(tree, []).span;
  for (const [name, {stage, port}] of Object.entries(inputs)) {
    const [input = '', ...label] = name.split('@');
    const from = child(tree, input);
    const origin = from ? placeOf(child(from, label.join('@')) ?? from, []).span : whole;
    ports.set(input, [...(ports.get(input) ?? []), [label.join('@'), scalar(`${stage}.${port}`, origin)]]);
  }
  return mapping([...ports].map(([input, edges]) => [input, edges[0]?.[0] === '' && edges[0] ? edges[0][1] : mapping(edges)]));
}

const scalar = (value: string, origin: Span | undefined): Resolved => ({kind: 'value', value, origin});
const mapping = (entries: readonly (readonly [string, Resolved])[]): Resolved => ({kind: 'mapping', entries, origin: undefined});
const listOf = (items: readonly Resolved[], tree: Tree | undefined): Resolved => ({kind: 'list', items, origin: tree?.span});
const given = (name: string, value: object, tree: Tree | undefined): readonly (readonly [string, Resolved])[] =>
  Object.keys(value).length > 0 ? [[name, resolved(value, tree)]] : [];

/** A plain value, with the places of what of it was written. */
function resolved(value: unknown, tree: Tree | undefined): Resolved {
  const origin = tree?.span;
  if (Array.isArray(value)) return {kind: 'list', items: value.map((item, index) => resolved(item, child(tree, index))), origin};
  if (typeof value !== 'object' || value === null)
    return {kind: 'value', value: value as string | number | boolean | null, origin};
  const entries = Object.entries(value).map(([name, inner]) => [name, resolved(inner, child(tree, name))] as const);
  return {kind: 'mapping', entries, origin};
}

function written(tree: Tree): Resolved {
  const {span: origin} = tree;
  if (tree.kind === 'sequence') return {kind: 'list', items: tree.items.map(written), origin};
  if (tree.kind === 'mapping')
    return {kind: 'mapping', entries: [...tree.entries].map(([name, {value}]) => [name, written(value)]), origin};
  return {kind: 'value', value: tree.kind === 'scalar' ? tree.value : null, origin};
}

/** `recipe.yaml:12`, `--set`, or `default`. */
export function showOrigin(origin: Span | undefined): string {
  if (!origin) return 'default';
  return origin.source.name === '--set' ? '--set' : `${origin.source.name}:${positionOf(origin.source, origin.start).line}`;
}

/** Every value with its path and origin, in order, for programs. */
export function flattenResolved(value: Resolved, path: Path = []): readonly {path: Path; value: unknown; origin: string}[] {
  if (value.kind === 'value') return [{path, value: value.value, origin: showOrigin(value.origin)}];
  const inner =
    value.kind === 'list'
      ? value.items.map((item, index) => [index, item] as const)
      : value.entries.map(([name, each]) => [name, each] as const);
  if (inner.length === 0) return [{path, value: value.kind === 'list' ? [] : {}, origin: showOrigin(value.origin)}];
  return inner.flatMap(([step, each]) => flattenResolved(each, [...path, step]));
}
