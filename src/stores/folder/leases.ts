import {renameSync, statSync, writeFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Digest} from '../../core/digest.js';
import type {Claim} from '../../core/store.js';
import {readTextNow, removeFile, temporaryName} from '../../util/files.js';
import {isOfThisMachine, isRunning, processName} from '../../util/process-name.js';
import type {HeartbeatData} from './heartbeat.js';

/** Interval at which the holder of a lease shows that it lives. */
const heartbeatMilliseconds = 5_000;
/** A lease that shows no life for this long is taken over, unless its holder runs on this machine. */
const patienceMilliseconds = 60_000;

/** The lease of another process as it was last seen, and since when, by this process's monotonic clock. */
interface Seen {
  readonly text: string;
  readonly touched: number;
  readonly since: number;
}

/**
 * The process that computes each key: `leases/<key>`, a file that names its holder and that the holder touches. It keeps two runs from computing
 * the same; it is no lock, since a result that is computed twice is stored once.
 *
 * Liveness of a holder is exact on one machine (its process runs, or not). Elsewhere a lease counts as left when its time does
 * not change for a minute: only changes are looked at, so that neither machine's clock has to be right.
 */
export class Leases {
  readonly #folder: string;
  readonly #patience: number;
  readonly #seen = new Map<Digest, Seen>();
  readonly #heartbeat: number;
  #heart: Promise<Worker> | undefined;

  constructor(folder: string, {patience = patienceMilliseconds, heartbeat = heartbeatMilliseconds} = {}) {
    this.#folder = folder;
    this.#patience = patience;
    this.#heartbeat = heartbeat;
  }

  /** Never waits for the holder. */
  async claim(key: Digest): Promise<Claim> {
    const path = join(this.#folder, key);
    const token = await temporaryName();
    for (;;) {
      const found = read(path);
      if (found && !(await this.#isLeft(key, found))) return {status: 'held', by: found.text};
      const isOurs = found ? await alone(path, token, () => replace(path, found.text)) : create(path, token);
      if (!isOurs) continue;
      this.#heart ??= this.#startHeart();
      await this.#heart;
      return {status: 'claimed', release: async () => void removeIf(path, token)};
    }
  }

  async #isLeft(key: Digest, {text, touched}: LeaseFile): Promise<boolean> {
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

/** Removes the leases of processes of this machine that no longer run. */
export async function removeLeft(folder: string): Promise<void> {
  const token = await temporaryName();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const {text = ''} = read(path) ?? {};
    if (text === '' || !(await isOfThisMachine(text)) || (await isRunning(text))) continue;
    await alone(path, token, () => removeIf(path, text));
  }
}

/**
 * Does something to another's lease while nobody else does: of many that found the same lease left, one takes it. False when somebody
 * else is at it, or when `act` says so.
 */
async function alone(path: string, token: string, act: () => boolean): Promise<boolean> {
  const guard = guardOf(path);
  if (!create(guard, token)) {
    const other = read(guard);
    if (other && (await isLeftGuard(other))) removeFile(guard);
    return false;
  }
  try {
    return act();
  } finally {
    removeIf(guard, token);
  }
}

const guardOf = (path: string): string => `${path}.taken-over`;

/** A guard without a name is from a crash between making and writing it. */
const isLeftGuard = async ({text, touched}: LeaseFile): Promise<boolean> =>
  text === '' ? Date.now() - touched > patienceMilliseconds : !(await isRunning(text, touched));

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, {flag: 'wx'});
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The guard, which has the new holder's name, becomes the lease: that is never gone in between. */
function replace(path: string, before: string): boolean {
  if (read(path)?.text !== before) return false;
  renameSync(guardOf(path), path);
  return true;
}

function removeIf(path: string, text: string): boolean {
  if (read(path)?.text !== text) return false;
  removeFile(path);
  return true;
}

interface LeaseFile {
  /** Name of the holder. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly touched: number;
}

function read(path: string): LeaseFile | undefined {
  const text = readTextNow(path);
  const touched = statSync(path, {throwIfNoEntry: false})?.mtimeMs;
  return text === undefined || touched === undefined ? undefined : {text, touched};
}

/** True when something is being computed: on this machine for certain, elsewhere while a lease shows signs of life. */
export async function hasLiveLease(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const found = read(join(folder, name));
    if (found && (await isRunning(found.text, found.touched))) return true;
  }
  return false;
}
