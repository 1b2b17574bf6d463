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

/**
 * A plan is a function of the recipe's text, the overrides, the code and the backend, so it need not be made twice: checking a recipe
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
    // the environment is not part of the text; nor are other files, but a plan that took any in says so and is not kept
    const texts = [question.text, ...question.params, ...question.set];
    if (texts.some((text) => text === undefined || text.includes('${env:'))) return undefined;
    const code = await codeState();
    if (code === undefined) return undefined;
    const plans = join(folder, 'plans');
    return new PlanMemo(plans, join(plans, `${digestJson({...question, code})}.json`));
  }

  async read(): Promise<Plan | undefined> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as Plan;
    } catch {
      return undefined;
    }
  }

  /** Saves time only: where it cannot be written, it is done without. */
  async write(plan: Plan): Promise<void> {
    const temporary = `${this.#path}.${randomUUID()}.tmp`;
    try {
      await mkdir(this.#folder, {recursive: true});
      await writeFile(temporary, JSON.stringify(plan));
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
