import {linkSync, renameSync} from 'node:fs';
import {mkdir, open, readdir, readFile, utimes} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {type Digest, digestFile, isDigest} from '../../core/digest.js';
import {
  type Audit,
  BlobFault,
  type ByteRange,
  type Claim,
  type Collected,
  type CollectOptions,
  type Lookup,
  type StageRecord,
  type Store,
} from '../../core/store.js';
import {
  createFileAtomically,
  isTaken,
  place,
  readTextNow,
  removeAbandoned,
  removeFile,
  temporaryName,
  whenAbsent,
  writeFileAtomically,
} from '../../util/files.js';
import {StoreUnusable} from '../../util/unusable.js';
import {type Content, readRange, type Written, writeContent} from './blob-file.js';
import {sealCheckpoint, unsealCheckpoint} from './checkpoint.js';
import {blobPath, checkpointPath, recordPath, storeFolders} from './layout.js';
import {Leases, removeLeft} from './leases.js';
import {Pins} from './pins.js';
import {formatRecord, parseRecord} from './record.js';
import {setAside} from './set-aside.js';
import {VerifiedMemo} from './verified-memo.js';

/**
 * A store in a folder, for any number of processes on file systems with rename and hard links:
 *
 *     blobs/ab/<digest>        content, read-only, named by its SHA-256
 *     records/ab/<key>.json    what a finished stage gave
 *     checkpoints/<key>        digest of the rest, newline, the rest
 *     leases/<key>             who computes it now
 *     pins/<process>           keys of the results that a running process uses
 *     verified/<boot>/<digest> memo of a blob that was hashed and found right
 *     tmp/                     files being written
 *     quarantine/              what could not be trusted
 *
 * One that exists may be read-only: lookups work, writing says why it cannot. Rejects with a `StoreUnusable`.
 */
export async function openLocalStore(folder: string): Promise<Store> {
  const root = resolve(folder);
  return await usable(root, async () => {
    for (const name of storeFolders) await mkdir(join(root, name), {recursive: true});
    for (const name of ['tmp', 'pins']) await removeAbandoned(join(root, name)).catch(whenForbidden);
    await removeLeft(join(root, 'leases')).catch(whenForbidden);
    return new LocalStore(root, await VerifiedMemo.open(join(root, 'verified')));
  });
}

/** Number of times that a commit is tried where a record stands that cannot be trusted. */
const commitAttempts = 5;

class LocalStore implements Store {
  readonly url: string;
  readonly #root: string;
  readonly #memo: VerifiedMemo;
  readonly #leases: Leases;
  readonly #pins: Pins;
  /** Folders with new blobs whose names are not on the disk yet, each with a mark of the last: a record waits for them, nothing else. */
  readonly #unsynced = new Map<string, symbol>();

  constructor(root: string, memo: VerifiedMemo) {
    this.url = pathToFileURL(root).href;
    this.#root = root;
    this.#memo = memo;
    this.#leases = new Leases(join(root, 'leases'));
    this.#pins = new Pins(root);
  }

  async lookup(key: Digest): Promise<Lookup> {
    return await usable(this.#root, async () => {
      const text = readTextNow(recordPath(this.#root, key));
      if (text === undefined) return {status: 'miss'};
      const parsed = parseRecord(text, key);
      const fault = 'fault' in parsed ? parsed.fault : await this.#blobFault(parsed.record);
      if (fault === undefined && 'record' in parsed) return {status: 'hit', record: parsed.record};
      await this.#setAside(recordPath(this.#root, key), async (moved) => (await readFile(moved, 'utf8')) === text);
      return {status: 'miss', fault: fault ?? 'its record was not whole'};
    });
  }

  async writeBlob(content: Content): Promise<Written> {
    return await usable(this.#root, async () => {
      const temporary = await this.#temporary();
      try {
        const written = await writeContent(temporary, content);
        await this.#placeBlob(temporary, written.digest);
        return written;
      } finally {
        removeFile(temporary);
      }
    });
  }

  async readBlob(digest: Digest, range?: ByteRange): Promise<Uint8Array> {
    const path = await this.file(digest);
    return await usable(this.#root, () => (range ? readRange(path, range) : readFile(path)));
  }

  localPath(digest: Digest): string {
    return blobPath(this.#root, digest);
  }

  async file(digest: Digest): Promise<string> {
    return await usable(this.#root, async () => {
      const path = blobPath(this.#root, digest);
      if (this.#memo.holds(digest, path)) return path;
      const actual = await this.#memo.verify(digest, path);
      if (actual === digest) return path;
      if (actual === undefined) throw new BlobFault(digest, 'missing', 'no file');
      await this.#setAside(path, async (moved) => (await digestFile(moved)) !== digest);
      throw new BlobFault(digest, 'corrupt', `content with digest ${actual.slice(0, 12)}`);
    });
  }

  async commit(record: StageRecord, {replace = false} = {}): Promise<StageRecord> {
    return await usable(this.#root, async () => {
      const path = recordPath(this.#root, record.key);
      const text = formatRecord(record);
      if (replace) {
        await writeFileAtomically(path, text, await this.#temporary(), this.#syncBlobs());
        return record;
      }
      for (let attempt = 0; attempt < commitAttempts; attempt++) {
        if (await createFileAtomically(path, text, await this.#temporary(), this.#syncBlobs())) return record;
        const found = await this.lookup(record.key);
        if (found.status === 'hit') return found.record;
        // what was there could not be trusted and has been set aside: try again
      }
      throw new Error(`Expected the record \`${path}\`, which is damaged, to be replaceable, but it stays: remove it`);
    });
  }

  async *records(): AsyncIterable<StageRecord> {
    const folder = join(this.#root, 'records');
    const found: StageRecord[] = [];
    for (const part of await readdir(folder)) {
      const names = await readdir(join(folder, part)).catch(() => []);
      const read = await Promise.all(
        names.map((name) => this.#readRecord(join(folder, part, name), name.replace(/\.json$/, ''))),
      );
      for (const record of read) if (record) found.push(record);
    }
    yield* found.sort((a, b) => b.computed.at - a.computed.at || (a.key < b.key ? -1 : 1));
  }

  async pin(key: Digest): Promise<void> {
    await this.#pins.pin(key);
  }

  async claim(key: Digest): Promise<Claim> {
    return await usable(this.#root, () => this.#leases.claim(key));
  }

  async loadCheckpoint(key: Digest): Promise<Uint8Array | undefined> {
    return await usable(this.#root, async () => {
      const path = checkpointPath(this.#root, key);
      const file = await readFile(path).catch(whenAbsent);
      const content = file && unsealCheckpoint(file);
      if (file && !content) await this.#setAside(path, async (moved) => unsealCheckpoint(await readFile(moved)) === undefined);
      return content;
    });
  }

  async saveCheckpoint(key: Digest, bytes: Uint8Array): Promise<void> {
    await usable(this.#root, async () =>
      writeFileAtomically(checkpointPath(this.#root, key), sealCheckpoint(bytes), await this.#temporary()),
    );
  }

  async dropCheckpoint(key: Digest): Promise<void> {
    await usable(this.#root, async () => removeFile(checkpointPath(this.#root, key)));
  }

  async collect(options: CollectOptions): Promise<Collected> {
    const {collectGarbage} = await import('./garbage.js');
    return await usable(this.#root, () => collectGarbage(this.#root, options));
  }

  async audit(onProgress: (done: number, total: number) => void): Promise<Audit> {
    const {auditFolder} = await import('./audit.js');
    return await usable(this.#root, () => auditFolder(this.#root, onProgress));
  }

  /** Gives a finished file its name. What is there already is the same content, unless it was damaged: then it is replaced. */
  async #placeBlob(temporary: string, digest: Digest): Promise<void> {
    const path = blobPath(this.#root, digest);
    try {
      await place(path, () => linkSync(temporary, path));
    } catch (error) {
      if (!isTaken(error)) throw error;
      const fault = await this.#faultOf(digest);
      // whoever linked it may not have come to this yet, and the record that follows must not outlive it
      if (fault === undefined && (await touch(path))) return this.#syncLater(path);
      await place(path, () => renameSync(temporary, path));
    }
    this.#syncLater(path);
    // the link is gone before the memo is written: removing it changes the file's ctime
    removeFile(temporary);
    this.#memo.remember(digest, path);
  }

  #syncLater(path: string): void {
    this.#unsynced.set(dirname(path), Symbol('last'));
  }

  /** Makes the names of blobs durable, on other threads: the record is written meanwhile. */
  async #syncBlobs(): Promise<void> {
    const sync = async ([folder, last]: readonly [string, symbol]): Promise<void> => {
      const handle = await open(folder);
      await handle.sync().finally(() => handle.close());
      // unless another blob came in between
      if (this.#unsynced.get(folder) === last) this.#unsynced.delete(folder);
    };
    await Promise.all([...this.#unsynced].map(sync));
  }

  /** The fault of a record's blobs, in words; `undefined` when there is none. */
  async #blobFault(record: StageRecord): Promise<string | undefined> {
    const files = Object.values(record.outputs).flatMap((output) => output.files);
    for (const {name, digest} of files) {
      const fault = await this.#faultOf(digest);
      if (fault) return `its \`${name}\` was ${fault.what} in the store`;
    }
    return undefined;
  }

  async #faultOf(digest: Digest): Promise<BlobFault | undefined> {
    try {
      await this.file(digest);
      return undefined;
    } catch (error) {
      if (error instanceof BlobFault) return error;
      throw error;
    }
  }

  async #readRecord(path: string, key: string): Promise<StageRecord | undefined> {
    if (!isDigest(key)) return undefined;
    const text = await readFile(path, 'utf8').catch(() => undefined);
    const parsed = text === undefined ? undefined : parseRecord(text, key);
    return parsed && 'record' in parsed ? parsed.record : undefined;
  }

  #setAside(path: string, isBad: (moved: string) => Promise<boolean>): Promise<boolean> {
    return setAside(path, join(this.#root, 'quarantine'), isBad);
  }

  async #temporary(): Promise<string> {
    return join(this.#root, 'tmp', await temporaryName());
  }
}

/** Makes a blob young again, so that it is not cleared away before anything refers to it. False when it just was. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return await utimes(path, now, now).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

/** Runs `work`; what the file system refuses becomes a `StoreUnusable`. */
async function usable<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw StoreUnusable.from(error, root);
  }
}

/** Another process will tidy up: a lease that cannot be guarded on a full disk must not keep `gc` from making room. */
function whenForbidden(error: NodeJS.ErrnoException): void {
  if (!['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(error.code ?? '')) throw error;
}
