import fs, {writeFileSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';

/** When a process dies at a call to the file system: before it or, of a write, when half of it is done. */
export type Moment = 'before' | 'half';

type Call = (...args: readonly unknown[]) => Promise<unknown>;

/**
 * Stops everything at one call that changes files, as a kill would: the promise of that call and of all later ones never settles, no
 * `finally` runs. What is on the disk by then is what the next process finds.
 */
export class CrashPoints {
  #calls = 0;
  #stop: {readonly at: number; readonly moment: Moment; readonly reached: () => void} | undefined;
  #dead = false;

  /** From now on, calls that change files are counted; works for modules that were loaded already. */
  static async install(): Promise<CrashPoints> {
    const points = new CrashPoints();
    const promises = fs.promises as unknown as Record<string, Call>;
    for (const name of ['open', 'link', 'rename', 'rm', 'mkdir', 'copyFile', 'writeFile']) {
      const half: Call = async (path, content) => writeFileSync(path as string, firstHalf(content));
      points.#wrap(promises, name, name === 'writeFile' ? half : undefined);
    }
    syncBuiltinESMExports();
    const handle = await open('/dev/null');
    const prototype = Object.getPrototypeOf(handle) as Record<string, Call>;
    const write = handle.write;
    await handle.close();
    const half = async function (this: FileHandle, content: unknown): Promise<void> {
      await Reflect.apply(write, this, [firstHalf(content)]);
    };
    for (const name of ['write', 'writeFile', 'sync', 'chmod'])
      points.#wrap(prototype, name, /^write/.test(name) ? half : undefined);
    return points;
  }

  /** Number of calls that `work` makes. */
  async count(work: () => Promise<unknown>): Promise<number> {
    this.#calls = 0;
    await work();
    return this.#calls;
  }

  /** Runs `work` until its call number `at` and leaves it there for ever. Resolves to false when it ended before. */
  async crash(at: number, moment: Moment, work: () => Promise<unknown>): Promise<boolean> {
    this.#calls = 0;
    const reached = new Promise<boolean>((resolve) => {
      this.#stop = {at, moment, reached: () => resolve(true)};
    });
    const crashed = await Promise.race([reached, work().then(() => false)]);
    this.#stop = undefined;
    this.#dead = false;
    return crashed;
  }

  #wrap(object: Record<string, Call>, name: string, half: Call | undefined): void {
    const original = object[name] as Call;
    const points = this;
    object[name] = function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
      const run = (call: Call): Promise<unknown> => Reflect.apply(call, this, args) as Promise<unknown>;
      return points.#call(() => run(original), half && (() => run(half)));
    };
  }

  #call(run: () => Promise<unknown>, half: (() => Promise<unknown>) | undefined): Promise<unknown> {
    if (this.#dead) return never;
    const stop = this.#stop;
    if (this.#calls++ !== stop?.at) return run();
    this.#dead = true;
    Promise.resolve(stop.moment === 'half' ? half?.() : undefined).then(stop.reached, stop.reached);
    return never;
  }
}

const never = new Promise<never>(() => {});

function firstHalf(content: unknown): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as Uint8Array);
  return bytes.subarray(0, bytes.length >> 1);
}
