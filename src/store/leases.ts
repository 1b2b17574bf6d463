import {statSync, writeFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Digest} from '../util/digest.js';
import {readTextNow, removeFile, temporaryName} from '../util/files.js';
import {isOfThisMachine, isRunning, processName} from '../util/process-name.js';
import type {HeartbeatData} from './heartbeat.js';
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
  readonly #seen = new Map<Digest, Seen>();
  readonly #heartbeat: number;
  #heart: Promise<Worker> | undefined;

  constructor(folder: string, trash: string, {patience = patienceMilliseconds, heartbeat = heartbeatMilliseconds} = {}) {
    this.#folder = folder;
    this.#trash = trash;
    this.#patience = patience;
    this.#heartbeat = heartbeat;
  }

  /** Never waits. */
  async claim(key: Digest): Promise<Claim> {
    const path = join(this.#folder, key);
    const token = await temporaryName();
    for (;;) {
      try {
        writeFileSync(path, token, {flag: 'wx'});
        this.#heart ??= this.#startHeart();
        await this.#heart;
        return {status: 'claimed', release: () => release(path, token)};
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const found = read(path);
      if (found && !(await this.#isLeft(key, found))) return {status: 'held', by: found.text};
      // what is moved may be another's by now, who was quicker: then it goes back
      if (found) await setAside(path, this.#trash, async (moved) => read(moved)?.text === found.text, {keep: false});
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

  async #startHeart(): Promise<Worker> {
    const owner = `${await processName()}-`;
    const workerData: HeartbeatData = {folder: this.#folder, owner, everyMilliseconds: this.#heartbeat};
    const heart = new Worker(new URL('./heartbeat.js', import.meta.url), {workerData, execArgv: []});
    heart.unref();
    return heart;
  }
}

async function release(path: string, token: string): Promise<void> {
  if (read(path)?.text === token) removeFile(path);
}

/** Removes the leases of processes of this machine that no longer run. */
export async function removeLeft(folder: string, trash: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const {text = ''} = read(path) ?? {};
    if (text === '' || !(await isOfThisMachine(text)) || (await isRunning(text))) continue;
    await setAside(path, trash, async (moved) => read(moved)?.text === text, {keep: false});
  }
}

function read(path: string): {readonly text: string; readonly touched: number} | undefined {
  const text = readTextNow(path);
  const touched = statSync(path, {throwIfNoEntry: false})?.mtimeMs;
  return text === undefined || touched === undefined ? undefined : {text, touched};
}

/** Whether something is being computed: on this machine for certain, elsewhere while a lease shows signs of life. */
export async function hasLiveLease(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const found = read(join(folder, name));
    if (found && (await isRunning(found.text, found.touched))) return true;
  }
  return false;
}
