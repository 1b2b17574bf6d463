import {readFile, stat, writeFile} from 'node:fs/promises';
import {uptime} from 'node:os';
import {join} from 'node:path';
import {type Digest, digestFile} from '../util/digest.js';

/**
 * Remembers which blobs were hashed and found right, so that a run that does nothing does not read gigabytes.
 *
 * It cannot be fooled: a memo names the file's size, inode, mtime and ctime, and the kernel moves ctime at every write to a
 * file's content or attributes, whoever writes and whatever mtime is set afterwards. What a crash could leave on the disk
 * without any write by a process (a file whose data never arrived) is excluded twice: memos are written only after fsync and
 * rename, and each names the boot it was written in, so that after a restart every blob is hashed again. Bits that rot on the
 * disk while the machine runs are found by hashing without memos.
 */
export class VerifiedMemo {
  readonly #folder: string;
  #boot: Promise<string> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether this very file is known to hold `digest`. */
  async holds(digest: Digest, path: string): Promise<boolean> {
    const [memo, now] = await Promise.all([
      readFile(join(this.#folder, digest), 'utf8').catch(() => undefined),
      this.#identity(path),
    ]);
    return memo !== undefined && memo === now;
  }

  /** Hashes the file; remembers it when it is right. Resolves to its digest, or `undefined` when there is no file. */
  async verify(digest: Digest, path: string): Promise<Digest | undefined> {
    const before = await this.#identity(path);
    if (before === undefined) return undefined;
    const actual = await digestFile(path);
    // a file that changed while it was read is remembered by nobody
    if (actual === digest && before === (await this.#identity(path))) await this.#write(digest, before);
    return actual;
  }

  /** Notes a file that this process has just written, hashed and made durable. */
  async remember(digest: Digest, path: string): Promise<void> {
    const identity = await this.#identity(path);
    if (identity !== undefined) await this.#write(digest, identity);
  }

  /** A memo saves time only: a torn one matches nothing, and one that cannot be written is done without. */
  async #write(digest: Digest, identity: string): Promise<void> {
    await writeFile(join(this.#folder, digest), identity).catch(() => undefined);
  }

  async #identity(path: string): Promise<string | undefined> {
    const [found, boot] = await Promise.all([stat(path, {bigint: true}).catch(() => undefined), this.#bootId()]);
    return found && `${boot} ${found.size} ${found.ino} ${found.mtimeNs} ${found.ctimeNs}`;
  }

  #bootId(): Promise<string> {
    this.#boot ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
      (id) => id.trim(),
      // elsewhere: the minute the machine was started
      () => String(Math.round((Date.now() / 1000 - uptime()) / 60)),
    );
    return this.#boot;
  }
}
