import type {Finding} from '../core/finding.js';
import type {Numerics} from '../core/key.js';
import type {Plan} from '../core/plan.js';
import type {Diagnostic} from '../recipe/diagnostic.js';
import type {Recipe} from '../recipe/recipe.js';
import {Project, storeOfProject} from '../session/project.js';
import {flag, type Invocation, type Option, text, texts, UsageError} from './command.js';

/** Options that all verbs share which take a recipe and a store. */
export const recipeOptions = {
  set: {type: 'string', multiple: true, value: 'NAME=VALUE', description: 'change a param for this run (repeatable)'},
  params: {type: 'string', multiple: true, value: 'FILE', description: 'change the params that a YAML file names (repeatable)'},
  cpu: {type: 'boolean', description: 'leave the GPU alone'},
  store: {
    type: 'string',
    value: 'FOLDER',
    description: 'where results are kept (default: .tfpipe/store, or TFPIPE_STORE)',
  },
} satisfies Readonly<Record<string, Option>>;

/** The store of this command line. */
export const storeFolder = (invocation: Invocation): string => text(invocation, 'store') ?? storeOfProject();

/** The project of this command line; `recorded` when a run will be recorded. */
export const projectOf = (invocation: Invocation, {recorded = false}: {readonly recorded?: boolean} = {}): Project =>
  new Project({
    ...{store: storeFolder(invocation), cpu: flag(invocation, 'cpu'), recorded},
    ...{set: texts(invocation, 'set'), params: texts(invocation, 'params')},
  });

/** The plan of a recipe; or `undefined` after its diagnostics have been printed. */
export async function planShown(project: Project, path: string, numerics?: Numerics): Promise<Plan | undefined> {
  const planned = await project.planRecipe(path, numerics);
  await showDiagnostics(planned.diagnostics);
  return planned.status === 'planned' ? planned.plan : undefined;
}

/** A recipe, checked; or `undefined` after its diagnostics have been printed. */
export async function recipeShown(project: Project, path: string): Promise<Recipe | undefined> {
  const {recipe, diagnostics} = await project.loadRecipe(path);
  await showDiagnostics(diagnostics);
  return recipe;
}

async function showDiagnostics(diagnostics: readonly Diagnostic[]): Promise<void> {
  if (diagnostics.length === 0) return;
  const {formatDiagnostics} = await import('./view/format-diagnostics.js');
  process.stderr.write(formatDiagnostics(diagnostics));
}

/** The one recipe that a command line names. */
export function oneRecipe({positionals: [path, second]}: Invocation, verb: string): string {
  if (path === undefined)
    throw new UsageError('Expected a recipe, got none', `Such as: pipeline ${verb} pipelines/aae-supervised.yaml`);
  if (second !== undefined)
    throw new UsageError(`Expected one recipe, got \`${path}\` and \`${second}\``, 'Params are changed by --set name=value.');
  return path;
}

/** The error of a plan that cannot run here. */
export const refused = ({found, remedy}: Finding): UsageError => new UsageError(found, remedy);
