import {readFile, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Numerics} from '../core/key.js';
import type {Plan} from '../core/plan.js';
import type {Store} from '../core/store.js';
import {builtinNodes} from '../nodes/registry.js';
import type {Diagnostic} from '../recipe/diagnostic.js';
import type {LoadedRecipe, Recipe} from '../recipe/recipe.js';
import {folderOf, openStore} from '../stores/open.js';
import {type Located, locateTensorflow} from '../tensor/setup/locate.js';
import {gitDirty} from './git.js';
import {PlanMemo} from './plan-memo.js';

interface ProjectOptions {
  /** Where results are kept: a folder, or the URL of a store. */
  readonly store: string;
  /** Leaves the GPU alone. */
  readonly cpu: boolean;
  /** Changes of params, as `name=value`. */
  readonly set: readonly string[];
  /** Files with changes of params. */
  readonly params: readonly string[];
  /** True when a run will be recorded: git looks while the plan is made. */
  readonly recorded?: boolean;
}

/** A recipe's plan, or why there is none. A plan may come with warnings. */
type Planned =
  | {readonly status: 'planned'; readonly plan: Plan; readonly diagnostics: readonly Diagnostic[]}
  | {readonly status: 'faulty'; readonly diagnostics: readonly Diagnostic[]};

const defaultStore = '.tfpipe/store';

/** Recipes, store and TensorFlow of one command: each is looked for once. */
export class Project {
  readonly registry = builtinNodes();
  readonly options: ProjectOptions;
  /** True when tracked files differ from the commit; only where a run will be recorded. */
  readonly dirty: Promise<boolean | undefined>;
  #tensorflow: Promise<Located> | undefined;
  #store: Promise<Store> | undefined;

  constructor(options: ProjectOptions) {
    this.options = options;
    this.dirty = options.recorded ? gitDirty() : Promise.resolve(undefined);
  }

  /** Folder on this machine for what is kept beside the store: plans, and what `reproduce` computes. */
  get folder(): string {
    return dirname(folderOf(this.options.store) ?? defaultStore);
  }

  store(): Promise<Store> {
    this.#store ??= openStore(this.options.store);
    return this.#store;
  }

  tensorflow(): Promise<Located> {
    this.#tensorflow ??= locateTensorflow({cpu: this.options.cpu});
    return this.#tensorflow;
  }

  /** Takes TensorFlow as its set-up has left it. */
  useTensorflow(located: Located): void {
    this.#tensorflow = Promise.resolve(located);
  }

  /** The arithmetic of a plan: the backend that the recipe asks for, or TensorFlow as it is found. */
  async numericsFor({backend}: Pick<Recipe, 'backend'>): Promise<Numerics> {
    if (backend !== 'wasm' && backend !== 'cpu') return await this.#tensorflowNumerics();
    const {tfjsVersion} = await import('../tensor/tfjs-version.js');
    return {backend, device: 'cpu', version: await tfjsVersion()};
  }

  async loadRecipe(path: string): Promise<LoadedRecipe> {
    const {loadRecipe} = await import('../recipe/load-recipe.js');
    const {set, params} = this.options;
    return await loadRecipe(path, {set, params, registry: this.registry});
  }

  /** The plan of a recipe; `numerics` says what does the arithmetic when it is not what would be found. */
  async planRecipe(path: string, numerics?: Numerics): Promise<Planned> {
    const memo = await this.#planMemo(path, numerics);
    const known = await memo?.read();
    if (known) return {status: 'planned', plan: known.plan, diagnostics: known.warnings};

    const {recipe, tree, diagnostics} = await this.loadRecipe(path);
    if (!recipe || !tree) return {status: 'faulty', diagnostics};
    const [{makePlan}, {resolveRecipe}, {resolvedLines}] = await Promise.all([
      import('../runner/plan/plan.js'),
      import('../recipe/expand/resolve.js'),
      import('../recipe/expand/resolved-lines.js'),
    ]);
    const plan: Plan = {
      ...(await makePlan(recipe, numerics ?? (await this.numericsFor(recipe)))),
      resolved: resolvedLines(resolveRecipe(recipe, tree)),
    };
    if (plan.lasting) await memo?.write(plan, recipe, diagnostics);
    return {status: 'planned', plan, diagnostics};
  }

  async #planMemo(path: string, numerics: Numerics | undefined): Promise<PlanMemo | undefined> {
    const {set, params} = this.options;
    const [text, ...texts] = await Promise.all([path, ...params].map(readText));
    const question = {path, text, set, params: texts, numerics: numerics ?? (await this.#tensorflowNumerics())};
    return await PlanMemo.for(question, this.folder);
  }

  async #tensorflowNumerics(): Promise<Numerics> {
    const {variant, version} = await this.tensorflow();
    return {backend: 'tensorflow', device: variant === 'cuda' ? 'gpu' : 'cpu', version};
  }
}

/** Store of a project that names none. */
export const storeOfProject = (): string => process.env['TFPIPE_STORE'] ?? defaultStore;

/** Text of a file. Loading the recipe reports one that is none; a pipe would be waited for. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? await readFile(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
