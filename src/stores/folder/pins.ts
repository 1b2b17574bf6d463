import {openSync, utimesSync, writeSync} from 'node:fs';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {type Digest, isDigest} from '../../core/digest.js';
import {temporaryName} from '../../util/files.js';
import {isRunning} from '../../util/process-name.js';
import {recordPath} from './layout.js';

/**
 * Which results running processes use, so that nobody clears them away: a file a process, `pins/<process>`, with a key a line. A
 * process writes a key down before it looks for the result; whoever removes a result moves it away first, then reads the pins, and puts
 * it back when it is named there.
 */
export class Pins {
  readonly #root: string;
  #file: number | undefined;
  readonly #pinned = new Set<Digest>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Also marks the result as used just now. Where nothing can be written nothing can be cleared away either. */
  async pin(key: Digest): Promise<void> {
    if (this.#pinned.has(key)) return;
    this.#pinned.add(key);
    const name = await temporaryName();
    const now = new Date();
    try {
      this.#file ??= openSync(join(this.#root, 'pins', name), 'a');
      writeSync(this.#file, `${key}\n`);
      utimesSync(recordPath(this.#root, key), now, now);
    } catch {
      // there is no such result yet, or nothing can be written
    }
  }
}

/** Keys that running processes have pinned in this store. */
export async function pinnedKeys(root: string): Promise<ReadonlySet<Digest>> {
  const folder = join(root, 'pins');
  const keys = new Set<Digest>();
  for (const name of await readdir(folder)) {
    const touched = await stat(join(folder, name)).catch(() => undefined);
    if (!touched || !(await isRunning(name, touched.mtimeMs))) continue;
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    for (const key of text.split('\n')) if (isDigest(key)) keys.add(key);
  }
  return keys;
}
