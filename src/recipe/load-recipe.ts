import {dirname} from 'node:path';
import type {NodeRegistry} from '../nodes/define-node.js';
import {digestJson} from '../util/digest.js';
import {checkTypes} from './check-types.js';
import {collectProblems, type Problems} from './codes.js';
import {applyParams, type Composed, composeRecipe} from './compose.js';
import type {JsonSchema} from './describe-schema.js';
import {type Draft, draftStages} from './draft.js';
import {envelopeSchema} from './envelope.js';
import {createInterpolator} from './interpolate.js';
import {orderStages} from './order.js';
import {applyOverrides} from './overrides.js';
import {readSource} from './read-source.js';
import type {BackendChoice, LoadedRecipe, Recipe, Stage} from './recipe.js';
import {checkSchema} from './schema-check.js';
import type {Source, Span} from './source.js';
import {readRun} from './stage-run.js';
import {child, isEmpty, type Mapping, type Tree, toValue, withEntry} from './tree.js';
import {quote} from './wording.js';

export interface LoadOptions {
  /** `name=value` of each `--set`, in order. */
  readonly set?: readonly string[];
  /** Path of each `--params` file, in order; `--set` goes over them. */
  readonly params?: readonly string[];
  readonly registry: NodeRegistry;
  /** What `${env:NAME}` reads; the process's own by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads a recipe file and checks all of it: syntax, names, params, edges, types and shapes. Everything wrong is found in
 * one go; the recipe is there when nothing is. Rejects only on a broken invariant.
 */
export async function loadRecipe(path: string, options: LoadOptions): Promise<LoadedRecipe> {
  const problems = collectProblems();
  const source = await readSource(path, problems);
  return source ? checkRecipe(source, options, problems) : {diagnostics: problems.found};
}

/** `loadRecipe` for a text that is at hand. */
export async function loadRecipeText(source: Source, options: LoadOptions): Promise<LoadedRecipe> {
  return checkRecipe(source, options, collectProblems());
}

async function checkRecipe(source: Source, options: LoadOptions, problems: Problems): Promise<LoadedRecipe> {
  const overrides = (options.set ?? []).map((text): Source => ({name: '--set', text}));
  const composed = await composeRecipe(source, problems);
  const written = composed && (await applyParams(composed, options.params ?? [], problems));
  const recipe = written && (await buildRecipe(source, written, overrides, options, problems));
  const diagnostics = sortByPlace(problems, [...overrides, ...(written?.sources ?? [source])]);
  const failed = diagnostics.some(({severity}) => severity === 'error');
  return recipe && !failed ? {recipe, diagnostics} : {diagnostics};
}

async function buildRecipe(
  source: Source,
  composed: Composed,
  overrides: readonly Source[],
  {registry, environment = process.env}: LoadOptions,
  problems: Problems,
): Promise<Recipe | undefined> {
  const main = new Set([source, ...overrides]);
  const root = interpolate(applyOverrides(composed.root, overrides, problems), environment, main, problems);
  const value = toValue(root) as Record<string, unknown>;
  checkSchema(envelopeSchema as unknown as JsonSchema, value, {tree: root, name: 'the recipe'}, problems);
  const stages = child(root, 'stages');
  if (stages?.kind !== 'mapping') return undefined;
  // a plugin's path starts at the file that says it
  const folderOf = ({source: {name}}: Span): string => dirname(name === '--set' ? source.name : name);
  const drafts = await draftStages(stages, {registry, folderOf}, problems);
  const inOrder = orderDrafts(drafts, problems);
  const joined = checkTypes(inOrder, problems);
  if (countErrors(problems) > 0) return undefined;
  const seed = value['seed'] as number;
  return {
    name: value['name'] as string,
    path: source.name,
    bases: composed.bases,
    seed,
    backend: value['backend'] as BackendChoice,
    params: (value['params'] ?? {}) as Record<string, unknown>,
    stages: inOrder.flatMap(({name, use, node, params, entry}): Stage[] => {
      const ends = joined.get(name);
      const run = readRun(toValue(child(entry.value, 'run') ?? entry.value));
      return ends ? [{name, use, node, params, ...ends, seed: stageSeed(seed, name), run, span: entry.key}] : [];
    }),
  };
}

/** Replaces every reference, and makes mappings of what was left empty. */
function interpolate(
  written: Mapping,
  environment: Readonly<Record<string, string | undefined>>,
  main: ReadonlySet<Source>,
  problems: Problems,
): Mapping {
  const root = fillEmpty(written, ['params']);
  const given = child(root, 'params');
  const params: Mapping = given?.kind === 'mapping' ? given : {kind: 'mapping', entries: new Map(), span: root.span};
  const before = countErrors(problems);
  const interpolator = createInterpolator(params, environment, problems);
  const entries = new Map(root.entries);
  for (const [name, {key, value}] of root.entries)
    if (value !== params) entries.set(name, {key, value: interpolator.resolve(value)});
  // A reference that failed may leave its param unused; one report is enough. A base serves other recipes too.
  const misread = countErrors(problems) > before;
  for (const {name, key} of misread ? [] : interpolator.unused()) {
    if (!main.has(key.source)) continue;
    problems.warning('unused-param', key, `Expected param ${quote(name)} to be read by \`\${${name}}\`, got no use of it`);
  }
  const entry = root.entries.get('params');
  if (entry && given === params) entries.set('params', {key: entry.key, value: interpolator.resolve(params)});
  const stages = entries.get('stages');
  if (stages?.value.kind === 'mapping') entries.set('stages', {key: stages.key, value: fillStages(stages.value)});
  return {...root, entries};
}

function fillStages(stages: Mapping): Mapping {
  const entries = new Map(stages.entries);
  for (const [name, {key, value}] of entries)
    if (value.kind === 'mapping') entries.set(name, {key, value: fillEmpty(value, ['in', 'with', 'run'])});
  return {...stages, entries};
}

const countErrors = ({found}: Problems): number => found.filter(({severity}) => severity === 'error').length;

/** `with:` with nothing after it is YAML's null; people mean an empty mapping. */
function fillEmpty(mapping: Mapping, names: readonly string[]): Mapping {
  return names.reduce((tree, name) => {
    const entry = tree.entries.get(name);
    if (!entry || !isEmpty(entry.value)) return tree;
    const value: Tree = {kind: 'mapping', entries: new Map(), span: entry.value.span};
    return withEntry(tree, name, {key: entry.key, value});
  }, mapping);
}

function orderDrafts(drafts: readonly Draft[], problems: Problems): readonly Draft[] {
  const byName = new Map(drafts.map((draft) => [draft.name, draft]));
  const {order, cycles} = orderStages(new Map(drafts.map(({name, references}) => [name, references.map(({stage}) => stage)])));
  for (const cycle of cycles) {
    const places = cycle.map((name, index) => {
      const needed = cycle[(index + 1) % cycle.length] as string;
      return {name, needed, place: byName.get(name)?.references.find(({stage}) => stage === needed)?.place};
    });
    const [first, ...others] = places;
    if (!first?.place) continue;
    const names = [...cycle, cycle[0] as string].map(quote).join(' → ');
    problems.error('stage-cycle', first.place, `Expected no stage to need itself, got ${names}`, {
      hint: 'An arrow reads "needs"; one of these inputs must come from elsewhere.',
      related: others.flatMap(({name, needed, place}) =>
        place ? [{span: place.span, message: `${quote(name)} needs ${quote(needed)}`}] : [],
      ),
    });
  }
  return order.flatMap((name) => byName.get(name) ?? []);
}

/** 31 bits, so that it fits every generator's seed. */
const stageSeed = (seed: number, stage: string): number => Number.parseInt(digestJson([seed, stage]).slice(0, 8), 16) >>> 1;

/** As a reader meets them: the command line's first, then down the file. */
function sortByPlace(problems: Problems, sources: readonly Source[]): LoadedRecipe['diagnostics'] {
  const rank = new Map(sources.map((source, index) => [source, index]));
  const rankOf = ({span}: LoadedRecipe['diagnostics'][number]): number => rank.get(span.source) ?? 0;
  return [...problems.found].sort((a, b) => rankOf(a) - rankOf(b) || a.span.start - b.span.start);
}
