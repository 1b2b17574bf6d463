import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {type Digest, digestBytes} from '../core/digest.js';
import {userCache} from '../util/user-cache.js';

/** A file of a known data set: its usual name, and the SHA-256 of its uncompressed bytes. */
export interface DataFile {
  readonly name: string;
  readonly digest: Digest;
}

export interface DataSource {
  /** Data set's name in messages. */
  readonly title: string;
  /** Folders that may hold the files, plain or with `.gz`; the first that has one is used. */
  readonly folders: readonly string[];
  /** Where the `.gz` files can be fetched when no folder has them; each ends in `/`. */
  readonly mirrors: readonly string[];
  /** Another way to get the files, for the message when all fails. */
  readonly advice: string;
}

/**
 * The uncompressed bytes of a data file, from a folder, the user's cache or a mirror; always checked against its digest. Throws when
 * the file is nowhere, cannot be read, or is another.
 */
export async function readDataFile(file: DataFile, source: DataSource): Promise<Uint8Array> {
  for (const folder of source.folders) {
    const found = await readPlainOrGz(join(folder, file.name));
    if (found) return checked(found.bytes, file, found.path);
  }
  const cache = join(userCache(), 'data', file.digest);
  const kept = await readIfThere(cache);
  if (kept && digestBytes(kept) === file.digest) return kept;
  const failures: string[] = [];
  for (const mirror of source.mirrors) {
    const {host} = new URL(mirror);
    try {
      const bytes = checked(unpacked(await fetchBytes(`${mirror}${file.name}.gz`), `${mirror}${file.name}.gz`), file, host);
      await keep(cache, bytes);
      return bytes;
    } catch (error) {
      failures.push(`${host}: ${reason(error)}`);
    }
  }
  const places = source.folders.length > 0 ? ` in ${source.folders.join(' or ')}` : '';
  throw new Error(
    `Expected ${source.title}'s file \`${file.name}\` (plain or .gz) to be found, got nothing${places} (${failures.join('; ')}). ${source.advice}`,
  );
}

async function readPlainOrGz(path: string): Promise<{bytes: Uint8Array; path: string} | undefined> {
  const plain = await readIfThere(path);
  if (plain) return {bytes: plain, path};
  const packed = await readIfThere(`${path}.gz`);
  return packed && {bytes: unpacked(packed, `${path}.gz`), path: `${path}.gz`};
}

/** `undefined` when there is no such file; a file that is there and cannot be read is an error that names it. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function unpacked(packed: Uint8Array, where: string): Uint8Array {
  try {
    return gunzipSync(packed);
  } catch (error) {
    throw new Error(
      `Expected ${where} to be a whole gzip file, got ${packed.length} bytes that are not (${(error as Error).message})`,
    );
  }
}

function checked(bytes: Uint8Array, file: DataFile, where: string): Uint8Array {
  const digest = digestBytes(bytes);
  if (digest !== file.digest)
    throw new Error(
      `Expected \`${file.name}\` in ${where} to have SHA-256 ${file.digest.slice(0, 12)}…, got ${digest.slice(0, 12)}…: another data set, or damaged`,
    );
  return bytes;
}

/** By way of `HTTPS_PROXY` and `NO_PROXY`, which Node's own fetch passes over. */
export async function fetchBytes(url: string): Promise<Uint8Array> {
  const {EnvHttpProxyAgent, request} = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({connectTimeout: 15_000, headersTimeout: 30_000, bodyTimeout: 30_000});
  try {
    const {statusCode, body} = await request(url, {dispatcher});
    const bytes = await body.bytes();
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
    return bytes;
  } finally {
    await dispatcher.close();
  }
}

/** Writes a file whole or not at all. */
export async function keep(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } finally {
    await rm(temporary, {force: true});
  }
}

/** Cause of a failure with a file or a connection, in a word or a sentence. */
export const reason = (error: unknown): string => {
  const {code, message} = error as NodeJS.ErrnoException;
  return code ?? message;
};
