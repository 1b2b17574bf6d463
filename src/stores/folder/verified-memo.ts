import {statSync, writeFileSync} from 'node:fs';
import {mkdir, readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {type Digest, digestFile} from '../../core/digest.js';
import {readTextNow, whenAbsent} from '../../util/files.js';
import {bootId} from '../../util/process-name.js';

/** Size, inode and times of a file as text, and when it was last changed in any way (milliseconds since 1970). */
interface Identity {
  readonly text: string;
  readonly changed: number;
}

/** A change within this time of another may carry the same ctime: file systems count in ticks of up to 10 ms, FAT in 2 s. */
const coarsestTick = 2000;
/** Milliseconds after which the memos of another boot, or of another machine that shares the folder, are thrown away. */
const otherBootsKept = 30 * 24 * 3600 * 1000;

/**
 * Remembers which blobs were hashed and found right, so that a run that does nothing does not read gigabytes.
 *
 * It cannot be fooled: a memo names the file's size, inode, mtime and ctime, and the kernel moves ctime at every write to a
 * file's content or attributes, whoever writes and whatever mtime is set afterwards. Two writes within one tick of the clock
 * could share a ctime, so a file is remembered only when it was still for longer than that; the exception is a file that this
 * process has just hashed while writing it under a name that nobody else knew. What a crash could leave on the disk without any
 * write by a process (a file whose data never arrived) is excluded twice: memos are written only after fsync, and they are kept
 * by boot, so that after a restart every blob is hashed again. Bits that rot on the disk while the machine runs are found by
 * hashing without memos.
 */
export class VerifiedMemo {
  readonly #folder: string;
  /** Memos that this process has read or written. */
  readonly #known = new Map<Digest, string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `folder` holds a folder of memos for each boot. Where it cannot be written, memos last as long as the process. */
  static async open(folder: string): Promise<VerifiedMemo> {
    const boot = await bootId();
    const made = await mkdir(join(folder, boot), {recursive: true}).catch(() => undefined);
    if (made !== undefined) await removeOld(folder, boot).catch(() => undefined);
    return new VerifiedMemo(join(folder, boot));
  }

  /** True when this very file is known to hold `digest`. */
  holds(digest: Digest, path: string): boolean {
    const memo = this.#known.get(digest) ?? this.#read(digest);
    if (memo === undefined || memo !== identityOf(path)?.text) return false;
    this.#known.set(digest, memo);
    return true;
  }

  /** Hashes the file; remembers it when it is right. Resolves to its digest, or `undefined` when there is no file. */
  async verify(digest: Digest, path: string): Promise<Digest | undefined> {
    const before = identityOf(path);
    if (before === undefined) return undefined;
    // another process may set a damaged file aside at any moment
    const actual = await digestFile(path).catch(whenAbsent);
    const still = before.text === identityOf(path)?.text && Date.now() - before.changed > coarsestTick;
    if (actual === digest && still) this.#write(digest, before.text);
    return actual;
  }

  /** Notes a file that this process has just written, hashed and made durable. */
  remember(digest: Digest, path: string): void {
    const identity = identityOf(path);
    if (identity !== undefined) this.#write(digest, identity.text);
  }

  /** A memo saves time only: one that cannot be read is none. */
  #read(digest: Digest): string | undefined {
    try {
      return readTextNow(join(this.#folder, digest));
    } catch {
      return undefined;
    }
  }

  /** A torn memo matches nothing, and one that cannot be written is done without. */
  #write(digest: Digest, identity: string): void {
    this.#known.set(digest, identity);
    try {
      writeFileSync(join(this.#folder, digest), identity);
    } catch {
      // such as a read-only store
    }
  }
}

function identityOf(path: string): Identity | undefined {
  const found = statSync(path, {bigint: true, throwIfNoEntry: false});
  if (!found) return undefined;
  return {text: `${found.size} ${found.ino} ${found.mtimeNs} ${found.ctimeNs}`, changed: Number(found.ctimeMs)};
}

async function removeOld(folder: string, boot: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const {mtimeMs} = await stat(join(folder, name));
    if (name !== boot && Date.now() - mtimeMs > otherBootsKept) await rm(join(folder, name), {force: true, recursive: true});
  }
}
