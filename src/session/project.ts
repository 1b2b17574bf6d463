import {readFile, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Invocation, type Option, texts, UsageError} from '../cli/command.js';
import type {Numerics} from '../core/key.js';
import type {Plan} from '../core/plan.js';
import {builtinNodes} from '../nodes/registry.js';
import type {LoadedRecipe, Recipe} from '../recipe/recipe.js';
import {folderOf} from '../stores/open.js';
import {locateTensorflow} from '../tensor/setup/locate.js';
import {PlanMemo} from './plan-memo.js';

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

export const registry = builtinNodes();

/** Folder on this machine for what is kept beside the store of a command line: plans, what `reproduce` computes. */
export const besideStore = (invocation: Invocation): string => {
  const folder = folderOf(storeFolder(invocation));
  return folder === undefined ? '.tfpipe' : dirname(folder);
};

/** URL of the store of a command line; a plain path is a folder. */
export const storeFolder = (invocation: Invocation): string =>
  (invocation.values['store'] as string | undefined) ?? process.env['TFPIPE_STORE'] ?? '.tfpipe/store';

/**
 * The plan of a command line's one recipe; or `undefined` after its diagnostics have been printed. `numerics` says what does the
 * arithmetic when it is not what would be found.
 */
export async function planRecipe(invocation: Invocation, verb: string, numerics?: Numerics): Promise<Plan | undefined> {
  const path = onePath(invocation, verb);
  const tensorflow = await tensorflowNumerics(invocation);
  const set = texts(invocation, 'set');
  const params = texts(invocation, 'params');
  const memo = await PlanMemo.for(
    {path, text: await readText(path), set, params: await Promise.all(params.map(readText)), numerics: numerics ?? tensorflow},
    besideStore(invocation),
  );
  const known = await memo?.read();
  if (known) {
    await showDiagnostics(known.warnings);
    return known.plan;
  }

  const {recipe, tree, diagnostics} = await loadShown(path, invocation);
  if (!recipe || !tree) return undefined;
  const [{makePlan}, {resolveRecipe}, {resolvedLines}] = await Promise.all([
    import('../runner/plan/plan.js'),
    import('../recipe/expand/resolve.js'),
    import('../recipe/expand/resolved-lines.js'),
  ]);
  const plan: Plan = {
    ...(await makePlan(recipe, numerics ?? (await numericsFor(recipe, invocation)))),
    resolved: resolvedLines(resolveRecipe(recipe, tree)),
  };
  if (plan.lasting) await memo?.write(plan, recipe, diagnostics);
  return plan;
}

/** The recipe of a command line that takes one, checked; or `undefined` after its diagnostics have been printed. */
export async function loadOne(invocation: Invocation, verb: string): Promise<Recipe | undefined> {
  return (await loadShown(onePath(invocation, verb), invocation)).recipe;
}

async function loadShown(path: string, invocation: Invocation): Promise<LoadedRecipe> {
  const {loadRecipe} = await import('../recipe/load-recipe.js');
  const loaded = await loadRecipe(path, {set: texts(invocation, 'set'), params: texts(invocation, 'params'), registry});
  await showDiagnostics(loaded.diagnostics);
  return loaded;
}

async function showDiagnostics(diagnostics: LoadedRecipe['diagnostics']): Promise<void> {
  if (diagnostics.length === 0) return;
  const {formatDiagnostics} = await import('../cli/view/format-diagnostics.js');
  process.stderr.write(formatDiagnostics(diagnostics));
}

function onePath({positionals: [path, second]}: Invocation, verb: string): string {
  if (path === undefined)
    throw new UsageError('Expected a recipe, got none', `Such as: pipeline ${verb} pipelines/aae-supervised.yaml`);
  if (second !== undefined)
    throw new UsageError(`Expected one recipe, got \`${path}\` and \`${second}\``, 'Params are changed by --set name=value.');
  return path;
}

async function tensorflowNumerics(invocation: Invocation): Promise<Numerics> {
  const located = await locateTensorflow({cpu: invocation.values['cpu'] === true});
  return {backend: 'tensorflow', device: located.variant === 'cuda' ? 'gpu' : 'cpu', version: located.version};
}

/** What is no file is told of when the recipe is loaded; a pipe would be waited for. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? await readFile(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** What does the arithmetic: the backend that the recipe asks for, or TensorFlow as it is found. */
export async function numericsFor({backend}: Pick<Recipe, 'backend'>, invocation: Invocation): Promise<Numerics> {
  if (backend === 'wasm' || backend === 'cpu') return {backend, device: 'cpu', version: await tfjsVersion()};
  return tensorflowNumerics(invocation);
}

/** Version of tfjs, which does the arithmetic on other backends than TensorFlow. */
export async function tfjsVersion(): Promise<string> {
  const manifest = fileURLToPath(import.meta.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const {version} = JSON.parse(await readFile(join(dirname(manifest), '..', 'tfjs-core', 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
