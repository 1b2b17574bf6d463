import {dirname} from 'node:path';
import {digestJson} from '../core/digest.js';
import type {NodeRegistry} from '../core/node.js';
import {readChecks} from './check/checks.js';
import {type Draft, draftStages} from './check/draft.js';
import {orderStages} from './check/order.js';
import {checkSchema} from './check/params.js';
import type {StageNames} from './check/references.js';
import {readRegistered} from './check/register.js';
import {readRun} from './check/stage-run.js';
import {checkBackend, checkNames, warnUnusedStages} from './check/stages.js';
import {checkTypes, type Joined} from './check/types.js';
import {expandRecipe} from './expand/expand.js';
import {applyOverrides} from './expand/overrides.js';
import {collectProblems, type Problems} from './problems.js';
import {applyParams, type Composed, composeRecipe} from './read/compose.js';
import {readSource} from './read/read-source.js';
import type {Source, Span} from './read/source.js';
import {child, type Mapping, toValue} from './read/tree.js';
import type {BackendChoice, LoadedRecipe, Recipe, Stage} from './recipe.js';
import type {JsonSchema} from './schema/describe-schema.js';
import {envelopeSchema} from './schema/envelope.js';
import {quote} from './wording.js';

export interface LoadOptions {
  /** `name=value` of each `--set`, in order. */
  readonly set?: readonly string[];
  /** Path of each `--params` file, in order; `--set` goes over them. */
  readonly params?: readonly string[];
  readonly registry: NodeRegistry;
  /** Environment that `${env:NAME}` reads; the process's own by default. */
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
  const built = written && (await buildRecipe(source, written, overrides, options, problems));
  const diagnostics = sortByPlace(problems, [...overrides, ...(written?.sources ?? [source])]);
  const failed = diagnostics.some(({severity}) => severity === 'error');
  return built && !failed ? {...built, diagnostics} : {diagnostics};
}

async function buildRecipe(
  source: Source,
  composed: Composed,
  overrides: readonly Source[],
  {registry, environment = process.env}: LoadOptions,
  problems: Problems,
): Promise<{readonly recipe: Recipe; readonly tree: Mapping} | undefined> {
  const main = new Set([source, ...overrides]);
  const expanded = expandRecipe(applyOverrides(composed.root, overrides, problems), environment, main, problems);
  const {root} = expanded;
  const value = toValue(root) as Record<string, unknown>;
  checkSchema(envelopeSchema as unknown as JsonSchema, value, {tree: root, name: 'the recipe'}, problems);
  const stages = child(root, 'stages');
  if (stages?.kind !== 'mapping') return undefined;
  const names: StageNames = {...expanded, names: stages.entries};
  // a plugin's path starts at the file that says it
  const folderOf = ({source: {name}}: Span): string => dirname(name === '--set' ? source.name : name);
  const drafts = await draftStages(stages, names, {registry, folderOf}, problems);
  checkNames(drafts, problems);
  checkBackend(root, drafts, problems);
  const checks = readChecks(root, drafts, names, problems);
  const inOrder = orderDrafts(drafts, problems);
  const joined = checkTypes(inOrder, problems);
  const registered = readRegistered(inOrder, joined, problems);
  if (countErrors(problems) > 0) return undefined;
  warnUnusedStages(drafts, joined, main, problems);
  const seed = value['seed'] as number;
  // copies made by `foreach` or `matrix`, `stage@rate=0.1`, start from the same random numbers, so that only their params differ
  const seedOf = (stage: string): number => stageSeed(seed, stage.split('@', 1)[0] ?? stage);
  const recipe = {
    name: value['name'] as string,
    path: source.name,
    bases: composed.bases,
    seed,
    backend: value['backend'] as BackendChoice,
    params: (value['params'] ?? {}) as Record<string, unknown>,
    stages: inOrder.flatMap((draft) => finishStage(draft, joined.get(draft.name), registered.get(draft.name), seedOf)),
    checks,
  };
  return {recipe, tree: root};
}

function finishStage(
  {name, use, node, params, entry}: Draft,
  joined: Joined | undefined,
  register: Stage['register'] = {},
  seedOf: (stage: string) => number,
): readonly Stage[] {
  if (!joined) return [];
  const own = child(entry.value, 'seed');
  const seed = own?.kind === 'scalar' && typeof own.value === 'number' ? own.value : seedOf(name);
  const run = child(entry.value, 'run');
  return [{name, use, node, params, ...joined, seed, run: readRun(run && toValue(run)), register, span: entry.key}];
}

const countErrors = ({found}: Problems): number => found.filter(({severity}) => severity === 'error').length;

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
