import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {type Digest, digestBytes} from './digest.js';

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
  /** How to get the files another way, for the message when all fails. */
  readonly advice: string;
}

/** Where tfpipe keeps what it fetched: `$XDG_CACHE_HOME/tfpipe`, or `~/.cache/tfpipe` (macOS: `~/Library/Caches/tfpipe`). */
export function userCache(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(base, 'tfpipe');
}

/** The uncompressed bytes of a data file, from a folder, the user's cache or a mirror; always checked against its digest. */
export async function readDataFile(file: DataFile, source: DataSource): Promise<Uint8Array> {
  const cache = join(userCache(), 'data', file.digest);
  for (const folder of source.folders) {
    const found = await readPlainOrGz(join(folder, file.name));
    if (found) return checked(found.bytes, file, found.path);
  }
  const kept = await readFile(cache).catch(() => undefined);
  if (kept && digestBytes(kept) === file.digest) return kept;
  const failures: string[] = [];
  for (const mirror of source.mirrors) {
    try {
      const bytes = checked(await fetchGz(`${mirror}${file.name}.gz`), file, mirror);
      await keep(cache, bytes);
      return bytes;
    } catch (error) {
      failures.push(`${new URL(mirror).host}: ${reason(error)}`);
    }
  }
  throw new Error(
    `Expected ${source.title}'s file \`${file.name}\` to be found, got nothing (${failures.join('; ')}). ${source.advice}`,
  );
}

async function readPlainOrGz(path: string): Promise<{bytes: Uint8Array; path: string} | undefined> {
  const plain = await readFile(path).catch(() => undefined);
  if (plain) return {bytes: plain, path};
  const packed = await readFile(`${path}.gz`).catch(() => undefined);
  return packed && {bytes: gunzipSync(packed), path: `${path}.gz`};
}

function checked(bytes: Uint8Array, file: DataFile, where: string): Uint8Array {
  const digest = digestBytes(bytes);
  if (digest !== file.digest)
    throw new Error(
      `Expected \`${file.name}\` in ${where} to have SHA-256 ${file.digest.slice(0, 12)}…, got ${digest.slice(0, 12)}…`,
    );
  return bytes;
}

async function fetchGz(url: string): Promise<Uint8Array> {
  const response = await fetch(url, {signal: AbortSignal.timeout(60_000)});
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return gunzipSync(Buffer.from(await response.arrayBuffer()));
}

async function keep(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } finally {
    await rm(temporary, {force: true});
  }
}

const reason = (error: unknown): string => {
  const {message, cause} = error as Error & {cause?: {code?: string}};
  return cause?.code ?? message;
};
