import {createHash} from 'node:crypto';
import {chmod, link, mkdir, readdir, readFile, rename, rm} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {type Digest, digestBytes, isDigest} from '../util/digest.js';
import {
  createFileAtomically,
  removeAbandoned,
  syncFolder,
  temporaryName,
  writeDurably,
  writeFileAtomically,
} from '../util/files.js';
import {parseRecord} from './record.js';
import {BlobFault, type Lookup, type StageRecord, type Store} from './store.js';
import {StoreUnusable} from './store-unusable.js';
import {VerifiedMemo} from './verified-memo.js';

/**
 * A store in a folder, for any number of processes on file systems with rename and hard links:
 *
 *     blobs/ab/<digest>        content, read-only, named by its SHA-256
 *     records/ab/<key>.json    what a finished stage gave
 *     checkpoints/<key>        digest of the rest, newline, the rest
 *     verified/<digest>        memo of a blob that was hashed and found right
 *     tmp/                     files being written
 *     quarantine/              what could not be trusted
 */
export async function openLocalStore(folder: string): Promise<Store> {
  const root = resolve(folder);
  try {
    for (const name of ['blobs', 'records', 'checkpoints', 'tmp', 'quarantine', 'verified'])
      await mkdir(join(root, name), {recursive: true});
    await removeAbandoned(join(root, 'tmp'));
  } catch (error) {
    throw StoreUnusable.from(error, root);
  }
  return new LocalStore(root);
}

class LocalStore implements Store {
  readonly #root: string;
  readonly #memo: VerifiedMemo;

  constructor(root: string) {
    this.#root = root;
    this.#memo = new VerifiedMemo(join(root, 'verified'));
  }

  async lookup(key: Digest): Promise<Lookup> {
    const path = this.#recordPath(key);
    const text = await readFile(path, 'utf8').catch(whenAbsent);
    if (text === undefined) return {status: 'miss'};
    const parsed = parseRecord(text, key);
    if ('fault' in parsed) {
      await this.#setAside(path);
      return {status: 'miss', fault: parsed.fault};
    }
    for (const {files} of Object.values(parsed.record.outputs)) {
      for (const {name, digest} of files) {
        try {
          await this.openBlob(digest);
        } catch (error) {
          if (!(error instanceof BlobFault)) throw error;
          await this.#setAside(path);
          return {status: 'miss', fault: `its \`${name}\` was ${error.what} in the store`};
        }
      }
    }
    return {status: 'hit', record: parsed.record};
  }

  async writeBlob(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{readonly digest: Digest; readonly bytes: number}> {
    const temporary = await this.#temporary();
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      await writeDurably(temporary, async (file) => {
        for await (const chunk of content instanceof Uint8Array ? [content] : content) {
          hash.update(chunk);
          bytes += chunk.length;
          for (let written = 0; written < chunk.length; ) written += (await file.write(chunk, written)).bytesWritten;
        }
      });
      const digest = hash.digest('hex') as Digest;
      await chmod(temporary, 0o444);
      await this.#placeBlob(temporary, digest);
      return {digest, bytes};
    } catch (error) {
      throw StoreUnusable.from(error, this.#root);
    } finally {
      await rm(temporary, {force: true});
    }
  }

  async openBlob(digest: Digest): Promise<string> {
    const path = this.#blobPath(digest);
    if (await this.#memo.holds(digest, path)) return path;
    const actual = await this.#memo.verify(digest, path);
    if (actual === digest) return path;
    if (actual === undefined) throw new BlobFault(digest, 'missing', 'no file');
    await this.#setAside(path);
    throw new BlobFault(digest, 'corrupt', `content with digest ${actual.slice(0, 12)}, which was set aside`);
  }

  async commit(record: StageRecord): Promise<StageRecord> {
    const path = this.#recordPath(record.key);
    for (;;) {
      const created = await createFileAtomically(path, `${JSON.stringify(record, null, 1)}\n`, await this.#temporary()).catch(
        (error: unknown) => {
          throw StoreUnusable.from(error, this.#root);
        },
      );
      if (created) return record;
      const found = await this.lookup(record.key);
      if (found.status === 'hit') return found.record;
      // what was there could not be trusted and has been set aside: try again
    }
  }

  async *records(): AsyncIterable<StageRecord> {
    const found: StageRecord[] = [];
    for (const folder of await readdir(join(this.#root, 'records'))) {
      for (const name of await readdir(join(this.#root, 'records', folder))) {
        const key = name.replace(/\.json$/, '');
        if (!isDigest(key)) continue;
        const text = await readFile(join(this.#root, 'records', folder, name), 'utf8').catch(whenAbsent);
        const parsed = text === undefined ? undefined : parseRecord(text, key);
        if (parsed && 'record' in parsed) found.push(parsed.record);
      }
    }
    yield* found.sort((a, b) => b.computed.at - a.computed.at);
  }

  async loadCheckpoint(key: Digest): Promise<Uint8Array | undefined> {
    const bytes = await readFile(this.#checkpointPath(key)).catch(whenAbsent);
    if (!bytes) return undefined;
    const content = bytes.subarray(digestLine);
    if (bytes.subarray(0, digestLine).toString('latin1') === `${digestBytes(content)}\n`) return new Uint8Array(content);
    await this.#setAside(this.#checkpointPath(key));
    return undefined;
  }

  async saveCheckpoint(key: Digest, bytes: Uint8Array): Promise<void> {
    const content = Buffer.concat([Buffer.from(`${digestBytes(bytes)}\n`), bytes]);
    await writeFileAtomically(this.#checkpointPath(key), content, await this.#temporary()).catch((error: unknown) => {
      throw StoreUnusable.from(error, this.#root);
    });
  }

  async dropCheckpoint(key: Digest): Promise<void> {
    await rm(this.#checkpointPath(key), {force: true});
  }

  /** Gives a finished file its name. What is there already is the same content, unless it was damaged: then it is replaced. */
  async #placeBlob(temporary: string, digest: Digest): Promise<void> {
    const path = this.#blobPath(digest);
    await mkdir(join(path, '..'), {recursive: true});
    try {
      await link(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const whole = await this.openBlob(digest).catch((fault: unknown) => {
        if (fault instanceof BlobFault) return undefined;
        throw fault;
      });
      if (whole === undefined) await rename(temporary, path);
    }
    // the link is gone before the memo is written: removing it changes the file's ctime
    await rm(temporary, {force: true});
    await syncFolder(join(path, '..'));
    await this.#memo.remember(digest, path);
  }

  /** Moves a file that cannot be trusted out of the way, where it can be looked at. */
  async #setAside(path: string): Promise<void> {
    const target = join(this.#root, 'quarantine', await temporaryName());
    await rename(path, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw StoreUnusable.from(error, this.#root);
    });
  }

  async #temporary(): Promise<string> {
    return join(this.#root, 'tmp', await temporaryName());
  }

  #blobPath(digest: Digest): string {
    return join(this.#root, 'blobs', digest.slice(0, 2), digest);
  }

  #recordPath(key: Digest): string {
    return join(this.#root, 'records', key.slice(0, 2), `${key}.json`);
  }

  #checkpointPath(key: Digest): string {
    return join(this.#root, 'checkpoints', key);
  }
}

/** A digest and a newline. */
const digestLine = 65;

function whenAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
