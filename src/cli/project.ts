import type {NodeRegistry} from '../nodes/define-node.js';
import {builtinNodes} from '../nodes/registry.js';
import {loadRecipe} from '../recipe/load-recipe.js';
import type {Recipe} from '../recipe/recipe.js';
import type {Numerics} from '../runner/key.js';
import {type Invocation, type Option, texts, UsageError} from './command.js';
import {formatDiagnostics} from './format-diagnostics.js';

/** Options that all verbs share which take a recipe and a store. */
export const recipeOptions = {
  set: {type: 'string', multiple: true, value: 'NAME=VALUE', description: 'change a param for this run (repeatable)'},
  cpu: {type: 'boolean', description: 'leave the GPU alone'},
  store: {type: 'string', value: 'FOLDER', description: 'where results are kept (default: .tfpipe/store, or TFPIPE_STORE)'},
} satisfies Readonly<Record<string, Option>>;

export const registry: NodeRegistry = builtinNodes();

/** The store's folder for this command line. */
export const storeFolder = (invocation: Invocation): string =>
  (invocation.values['store'] as string | undefined) ?? process.env['TFPIPE_STORE'] ?? '.tfpipe/store';

/** The one recipe of a command line, checked; or `undefined` after its diagnostics have been printed. */
export async function checkedRecipe(invocation: Invocation, verb: string): Promise<Recipe | undefined> {
  const [path, second] = invocation.positionals;
  if (path === undefined)
    throw new UsageError('Expected a recipe, got none', `Such as: pipeline ${verb} pipelines/aae-supervised.yaml`);
  if (second !== undefined)
    throw new UsageError(`Expected one recipe, got \`${path}\` and \`${second}\``, 'Params are changed by --set name=value.');
  const {recipe, diagnostics} = await loadRecipe(path, {set: texts(invocation, 'set'), registry});
  if (diagnostics.length > 0) process.stderr.write(formatDiagnostics(diagnostics));
  return recipe;
}

/** What will do the arithmetic, found without loading it. */
export async function chooseNumerics(recipe: Recipe, cpuOnly: boolean): Promise<Numerics> {
  if (recipe.backend === 'wasm' || recipe.backend === 'cpu') return {backend: recipe.backend, device: 'cpu', version: '4.22.0'};
  const {locateTensorflow} = await import('../tensor/setup/locate.js');
  const found = await locateTensorflow({cpu: cpuOnly});
  return {backend: 'tensorflow', device: found.variant === 'cuda' ? 'gpu' : 'cpu', version: found.version};
}
