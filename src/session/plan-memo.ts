import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Digest, digestJson} from '../core/digest.js';
import type {Numerics} from '../core/key.js';
import type {ResolvedNode} from '../core/node.js';
import type {Plan} from '../core/plan.js';
import type {Diagnostic} from '../recipe/diagnostic.js';
import type {Recipe} from '../recipe/recipe.js';

interface Question {
  readonly path: string;
  /** The recipe's text. */
  readonly text: string | undefined;
  readonly set: readonly string[];
  /** Text of each `--params` file. */
  readonly params: readonly (string | undefined)[];
  readonly numerics: Numerics;
}

interface Memo {
  readonly plan: Plan;
  /** Warnings that are shown every time. */
  readonly warnings: readonly Diagnostic[];
  /** Text of each recipe that is extended, by path. */
  readonly bases: Readonly<Record<string, string>>;
  readonly plugins: readonly KnownPlugin[];
}

/** A plugin as it was when the plan was made. */
interface KnownPlugin {
  readonly use: string;
  readonly folder: string;
  readonly module: string;
  readonly fingerprint: Digest;
}

/** Each warning carries its source's text: of a large recipe with many, the plan is made again rather than read from megabytes. */
const mostWarningCharacters = 1 << 20;

/**
 * A plan is a function of the recipe's text and those it extends, the overrides, the code, that of plugins too, and the backend, so
 * it need not be made twice: checking a recipe takes 0.3 s (YAML, schemas, shapes), which is most of a run that has nothing to do. A
 * memo that does not read is made anew.
 */
export class PlanMemo {
  readonly #folder: string;
  readonly #path: string;

  private constructor(folder: string, path: string) {
    this.#folder = folder;
    this.#path = path;
  }

  /** `undefined` when the plan depends on more than can be seen here: the environment, or code of unknown state. */
  static async for(question: Question, folder: string): Promise<PlanMemo | undefined> {
    // the environment is not part of the text
    const texts = [question.text, ...question.params, ...question.set];
    if (texts.some((text) => text === undefined || text.includes('${env:'))) return undefined;
    const code = await codeState();
    if (code === undefined) return undefined;
    const plans = join(folder, 'plans');
    return new PlanMemo(plans, join(plans, `${digestJson({...question, code})}.json`));
  }

  /** `undefined` when there is none, or when a recipe that is extended or a plugin has changed since. */
  async read(): Promise<Pick<Memo, 'plan' | 'warnings'> | undefined> {
    try {
      const {plan, warnings, bases, plugins} = JSON.parse(await readFile(this.#path, 'utf8')) as Memo;
      for (const [path, text] of Object.entries(bases)) if ((await readFile(path, 'utf8')) !== text) return undefined;
      for (const plugin of plugins) if (!(await isUnchanged(plugin))) return undefined;
      return {plan, warnings};
    } catch {
      return undefined;
    }
  }

  /** Saves time only: where it cannot be written, it is done without. */
  async write(plan: Plan, {bases, stages}: Recipe, warnings: readonly Diagnostic[]): Promise<void> {
    const temporary = `${this.#path}.${randomUUID()}.tmp`;
    try {
      const spans = warnings.flatMap(({span, related = []}) => [span, ...related.map((each) => each.span)]);
      if (spans.reduce((sum, {source}) => sum + source.text.length, 0) > mostWarningCharacters) return;
      const texts = await Promise.all(bases.map(async (path) => [path, await readFile(path, 'utf8')] as const));
      if (texts.some(([, text]) => text.includes('${env:'))) return;
      await mkdir(this.#folder, {recursive: true});
      const memo: Memo = {plan, warnings, bases: Object.fromEntries(texts), plugins: await pluginsOf(stages)};
      await writeFile(temporary, JSON.stringify(memo));
      await rename(temporary, this.#path);
    } catch {
      // such as a read-only folder
    }
  }
}

async function pluginsOf(stages: Recipe['stages']): Promise<readonly KnownPlugin[]> {
  // every use of a plugin from one folder is the same object
  const uses = new Map<ResolvedNode, string>();
  for (const {node, use} of stages) if (node.plugin) uses.set(node, use);
  return await Promise.all(
    [...uses].map(async ([{module, plugin}, use]) => ({
      ...{use, folder: plugin?.folder ?? '', module: module.href},
      fingerprint: await fingerprintOf(module),
    })),
  );
}

/** Digest of a plugin; the modules that follow its imports are loaded only where a plan has plugins. */
async function fingerprintOf(module: URL): Promise<Digest> {
  const {fingerprintModule} = await import('../runner/plan/fingerprint.js');
  return digestJson(await fingerprintModule(module));
}

/** True when the same plugin is found in the same place, made of the same code and packages. */
async function isUnchanged({use, folder, module, fingerprint}: KnownPlugin): Promise<boolean> {
  const {pluginModule} = await import('../nodes/plugin.js');
  const found = await pluginModule(use, folder);
  return found instanceof URL && found.href === module && (await fingerprintOf(found)) === fingerprint;
}

/** State of the sources that the launcher built: names, sizes and times of all sources and of the lock file. Absent in a published package. */
async function codeState(): Promise<string | undefined> {
  const built = await readFile(new URL('../.built-from', import.meta.url), 'utf8').catch(() => undefined);
  return built ?? (await readFile(new URL('../../package.json', import.meta.url), 'utf8').catch(() => undefined));
}
