import {randomUUID} from 'node:crypto';
import {type FileHandle, link, lstat, mkdir, open, readdir, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {beginsWithProcessName, isRunning, processName} from './process-name.js';

export {isRunning} from './process-name.js';

/** What a file is to hold: one piece, or several in a row, which are not joined in memory. */
export type FileContent = Uint8Array | string | readonly (Uint8Array | string)[];

/** Makes a folder's entries durable: a renamed file is only safe once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it; the ones that are new are durable. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, {recursive: true});
  if (first === undefined) return;
  for (let above = dirname(folder); above.length >= dirname(first).length; above = dirname(above)) {
    await syncFolder(above);
    if (above === dirname(above)) return;
  }
}

/** Name for a temporary file of this process; see `removeAbandoned`. */
export async function temporaryName(): Promise<string> {
  return `${await processName()}-${randomUUID()}`;
}

/** Writes a new file whole or not at all: into `temporary`, fsync, rename, fsync of the folder. Replaces what is there. */
export async function writeFileAtomically(path: string, content: FileContent, temporary: string): Promise<void> {
  await writeContent(temporary, content);
  try {
    await makeFolder(dirname(path));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Like `writeFileAtomically`, but the first writer wins; resolves to whether that was this call. */
export async function createFileAtomically(path: string, content: FileContent, temporary: string): Promise<boolean> {
  await writeContent(temporary, content);
  try {
    await makeFolder(dirname(path));
    await link(temporary, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, {force: true});
  }
}

/** Writes a file through `write` and waits until its bytes are on the disk; a failed write leaves no file. */
export async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await write(file);
    await file.sync();
  } catch (error) {
    await rm(path, {force: true});
    throw error;
  } finally {
    await file.close();
  }
}

function writeContent(path: string, content: FileContent): Promise<void> {
  const pieces = Array.isArray(content) ? (content as readonly (Uint8Array | string)[]) : [content as Uint8Array | string];
  return writeDurably(path, async (file) => {
    for (const piece of pieces) await file.writeFile(piece);
  });
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
