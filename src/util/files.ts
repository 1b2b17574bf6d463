import {randomUUID} from 'node:crypto';
import {closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync} from 'node:fs';
import {type FileHandle, lstat, mkdir, open, readdir, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {beginsWithProcessName, isRunning, processName} from './process-name.js';

export {isRunning} from './process-name.js';

/** Content of a file: one piece, or several in a row, which are not joined in memory. */
type FileContent = Uint8Array | string | readonly (Uint8Array | string)[];

/**
 * Text of a small file, `undefined` where there is none. Read at once: the way through the thread pool takes longer than the reading, and
 * a run looks for several such files a stage.
 */
export function readTextNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return whenAbsent(error as NodeJS.ErrnoException);
  }
}

/** Stands for a file that is not there. */
export function whenAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** True when an operation failed because another file has the name. */
export const isTaken = (error: unknown): boolean => {
  const {code, syscall} = error as NodeJS.ErrnoException;
  return code === 'EEXIST' && syscall === 'link';
};

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    whenAbsent(error as NodeJS.ErrnoException);
  }
}

/** Does what gives a file its name; its folder is made where it is missing. The name is durable once the folder is synced. */
export async function place(path: string, give: () => void): Promise<void> {
  try {
    give();
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // says what stands in the way, if something does
    await makeFolder(dirname(path));
    give();
  }
}

/** Makes a folder's entries durable: a renamed file is only safe once its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a folder and those above it; the ones that are new are durable. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, {recursive: true});
  if (first === undefined) return;
  for (let above = dirname(folder); above.length >= dirname(first).length; above = dirname(above)) {
    syncFolder(above);
    if (above === dirname(above)) return;
  }
}

/** Name for a temporary file of this process; see `removeAbandoned`. */
export async function temporaryName(): Promise<string> {
  return `${await processName()}-${randomUUID()}`;
}

/**
 * Writes a new file whole or not at all: into `temporary`, fsync, rename, fsync of the folder. Replaces what is there. `ready` is waited
 * for before the file gets its name: what it speaks of may be brought to the disk meanwhile.
 */
export async function writeFileAtomically(
  path: string,
  content: FileContent,
  temporary: string,
  ready?: Promise<void>,
): Promise<void> {
  try {
    await Promise.all([ready, writeContent(temporary, content)]);
    await place(path, () => renameSync(temporary, path));
    syncFolder(dirname(path));
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

/** Like `writeFileAtomically`, but the first writer wins; resolves to whether that was this call. */
export async function createFileAtomically(
  path: string,
  content: FileContent,
  temporary: string,
  ready?: Promise<void>,
): Promise<boolean> {
  try {
    await Promise.all([ready, writeContent(temporary, content)]);
    await place(path, () => linkSync(temporary, path));
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    removeFile(temporary);
  }
}

/** Writes a file through `write` and waits until its bytes are on the disk; a failed write leaves no file. `mode`: who may read and write it later. */
export async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>, mode?: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await write(file);
    await file.sync();
  } catch (error) {
    removeFile(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** Content up to this many bytes is written at once. */
export const smallBytes = 1 << 16;

async function writeContent(path: string, content: FileContent): Promise<void> {
  const pieces = Array.isArray(content) ? (content as readonly (Uint8Array | string)[]) : [content as Uint8Array | string];
  if (pieces.reduce((sum, {length}) => sum + length, 0) <= smallBytes) return writeSmall(path, pieces);
  await writeDurably(path, async (file) => {
    for (const piece of pieces) await file.writeFile(piece);
  });
}

/** Like `writeDurably`, for a file that is written sooner than the thread pool takes it over. */
export function writeSmall(path: string, pieces: readonly (Uint8Array | string)[], mode?: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    for (const piece of pieces) writeFileSync(file, piece);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, {force: true});
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Removes temporary files that belong to processes which no longer run. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!beginsWithProcessName(name)) continue;
    const touched = await lstat(join(folder, name)).catch(() => undefined);
    if (!touched || (await isRunning(name, touched.mtimeMs))) continue;
    await rm(join(folder, name), {force: true, recursive: true});
  }
}
