import {readFile, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {type Digest, digestBytes, isDigest} from '../core/digest.js';
import {userCache} from '../util/user-cache.js';
import {fetchBytes, keep, readIfThere, reason} from './data-files.js';

/** Name of the file, in the folder that a command runs in, that says what was downloaded first from where: to be committed. */
const lockName = 'tfpipe.lock.json';

/** Content by address. */
type Lock = Readonly<Record<string, Digest>>;

async function readLock(): Promise<Lock> {
  const bytes = await readIfThere(resolve(lockName));
  if (!bytes) return {};
  const {files} = parse(bytes) as {readonly files?: Readonly<Record<string, unknown>>};
  const digests = Object.entries(files ?? {}).filter((entry): entry is [string, Digest] => isDigest(String(entry[1])));
  return Object.fromEntries(digests);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) ?? {};
  } catch (error) {
    throw new Error(`Expected \`${lockName}\` to be JSON, got what is not: ${(error as Error).message}`);
  }
}

/** SHA-256 of what an address gave the first time; `undefined` when it was never fetched here. */
export const lockedDigest = async (url: string): Promise<Digest | undefined> => (await readLock())[url];

/**
 * The bytes at an address: from the user's cache, or fetched. The first download's SHA-256 is written to `tfpipe.lock.json`; from then
 * on other bytes are refused. Throws one sentence, with `advice`, when there is no way to the address.
 */
export async function readLockedFile(url: string, advice: string): Promise<Uint8Array> {
  const locked = await lockedDigest(url);
  const kept = locked && (await readIfThere(join(userCache(), 'data', locked)));
  if (kept && digestBytes(kept) === locked) return kept;
  const bytes = await fetchBytes(url).catch((error: unknown) => {
    throw new Error(`Expected ${url} to be fetched, got ${reason(error)}. ${advice}`);
  });
  const digest = digestBytes(bytes);
  if (locked && digest !== locked)
    throw new Error(
      `Expected ${url} to have SHA-256 ${locked.slice(0, 12)}…, as \`${lockName}\` says, got ${digest.slice(0, 12)}…: it is another file than the first time; take its line out of \`${lockName}\` to accept it`,
    );
  await keep(join(userCache(), 'data', digest), bytes);
  if (!locked) await lock(url, digest);
  return bytes;
}

async function lock(url: string, digest: Digest): Promise<void> {
  const files = Object.entries({...(await readLock()), [url]: digest}).sort(([left], [right]) => (left < right ? -1 : 1));
  await writeFile(resolve(lockName), `${JSON.stringify({files: Object.fromEntries(files)}, null, 2)}\n`);
}

/** The bytes of a file of the user's; one sentence when it cannot be read. */
export const readOwnFile = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((error: unknown) => {
    throw new Error(`Expected the file ${path} to be readable, got ${reason(error)}`);
  });
