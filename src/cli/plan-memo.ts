import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Numerics} from '../runner/key.js';
import type {Plan} from '../runner/plan.js';
import {digestJson} from '../util/digest.js';

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
  /** Text of each recipe that is extended, by path. */
  readonly bases: Readonly<Record<string, string>>;
}

/**
 * A plan is a function of the recipe's text and those it extends, the overrides, the code and the backend, so it need not be made twice: checking a recipe
 * takes 0.3 s (YAML, schemas, shapes), which is most of a run that has nothing to do. A memo that does not read is made anew.
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

  /** `undefined` when there is none, or when a recipe that is extended has changed since. */
  async read(): Promise<Plan | undefined> {
    try {
      const {plan, bases} = JSON.parse(await readFile(this.#path, 'utf8')) as Memo;
      for (const [path, text] of Object.entries(bases)) if ((await readFile(path, 'utf8')) !== text) return undefined;
      return plan;
    } catch {
      return undefined;
    }
  }

  /** `bases`: recipes that are extended. Saves time only: where it cannot be written, it is done without. */
  async write(plan: Plan, bases: readonly string[]): Promise<void> {
    const temporary = `${this.#path}.${randomUUID()}.tmp`;
    try {
      const texts = await Promise.all(bases.map(async (path) => [path, await readFile(path, 'utf8')] as const));
      if (texts.some(([, text]) => text.includes('${env:'))) return;
      await mkdir(this.#folder, {recursive: true});
      await writeFile(temporary, JSON.stringify({plan, bases: Object.fromEntries(texts)} satisfies Memo));
      await rename(temporary, this.#path);
    } catch {
      // such as a read-only folder
    }
  }
}

/** What the launcher built from: names, sizes and times of all sources and of the lock file. Absent in a published package. */
async function codeState(): Promise<string | undefined> {
  const built = await readFile(new URL('../.built-from', import.meta.url), 'utf8').catch(() => undefined);
  return built ?? (await readFile(new URL('../../package.json', import.meta.url), 'utf8').catch(() => undefined));
}
