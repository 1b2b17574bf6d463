import {readdir, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Digest} from '../util/digest.js';
import {temporaryName} from '../util/files.js';
import {isOfThisMachine, isRunning} from '../util/process-name.js';
import {setAside} from './set-aside.js';
import type {Claim} from './store.js';

/** How often the holder of a lease shows that it lives. */
const heartbeatMilliseconds = 5_000;
/** A lease that shows no life for this long is taken over, unless its holder runs on this machine. */
const patienceMilliseconds = 60_000;

/** What another process's lease looked like, and since when by the clock of this process that only goes forward. */
interface Seen {
  readonly text: string;
  readonly touched: number;
  readonly since: number;
}

/**
 * Who computes which key: `leases/<key>`, a file that names its holder and that the holder touches. It keeps two runs from computing
 * the same; it is no lock, since a result that is computed twice is stored once.
 *
 * Whether a holder still lives is exact on one machine (its process runs, or not). Elsewhere a lease counts as left when its time does
 * not change for a minute: only changes are looked at, so that neither machine's clock has to be right.
 */
export class Leases {
  readonly #folder: string;
  readonly #trash: string;
  readonly #patience: number;
  readonly #own = new Map<string, string>();
  readonly #seen = new Map<Digest, Seen>();
  #heart: NodeJS.Timeout | undefined;

  constructor(folder: string, trash: string, patience = patienceMilliseconds) {
    this.#folder = folder;
    this.#trash = trash;
    this.#patience = patience;
  }

  /** Never waits. */
  async claim(key: Digest): Promise<Claim> {
    const path = join(this.#folder, key);
    const token = await temporaryName();
    for (;;) {
      try {
        await writeFile(path, token, {flag: 'wx'});
        this.#hold(path, token);
        return {status: 'claimed', release: () => this.#release(path, token)};
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const found = await read(path);
      if (found && !(await this.#isLeft(key, found))) return {status: 'held', by: found.text};
      // what is moved may be another's by now, who was quicker: then it goes back
      if (found) await setAside(path, this.#trash, async (moved) => (await read(moved))?.text === found.text, {keep: false});
    }
  }

  async #isLeft(key: Digest, {text, touched}: {readonly text: string; readonly touched: number}): Promise<boolean> {
    if (text !== '' && (await isOfThisMachine(text))) return !(await isRunning(text));
    const now = performance.now();
    const seen = this.#seen.get(key);
    if (seen?.text === text && seen.touched === touched) return now - seen.since > this.#patience;
    this.#seen.set(key, {text, touched, since: now});
    return false;
  }

  #hold(path: string, token: string): void {
    this.#own.set(path, token);
    this.#heart ??= setInterval(() => this.#beat(), heartbeatMilliseconds).unref();
  }

  #beat(): void {
    const now = new Date();
    for (const path of this.#own.keys()) utimes(path, now, now).catch(() => undefined);
  }

  async #release(path: string, token: string): Promise<void> {
    this.#own.delete(path);
    if (this.#own.size === 0) {
      clearInterval(this.#heart);
      this.#heart = undefined;
    }
    if ((await read(path))?.text === token) await rm(path, {force: true});
  }
}

/** Removes the leases of processes of this machine that no longer run. */
export async function removeLeft(folder: string, trash: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const {text = ''} = (await read(path)) ?? {};
    if (text === '' || !(await isOfThisMachine(text)) || (await isRunning(text))) continue;
    await setAside(path, trash, async (moved) => (await read(moved))?.text === text, {keep: false});
  }
}

async function read(path: string): Promise<{readonly text: string; readonly touched: number} | undefined> {
  try {
    const [text, {mtimeMs}] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return {text, touched: mtimeMs};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether something is being computed: on this machine for certain, elsewhere while a lease shows signs of life. */
export async function hasLiveLease(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const found = await read(join(folder, name));
    if (found && (await isRunning(found.text, found.touched))) return true;
  }
  return false;
}
