import {randomUUID} from 'node:crypto';
import {type FileHandle, link, mkdir, open, readdir, readFile, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** Makes a folder's entries durable: a renamed file is only safe once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Name for a temporary file of this process: `<pid>-<start of the process>-<random>`; see `removeAbandoned`. */
export async function temporaryName(): Promise<string> {
  return `${process.pid}-${await startOf(process.pid)}-${randomUUID()}`;
}

/** Writes a new file whole or not at all: into `temporary`, fsync, rename, fsync of the folder. Replaces what is there. */
export async function writeFileAtomically(path: string, content: Uint8Array | string, temporary: string): Promise<void> {
  await writeDurably(temporary, async (file) => void (await file.writeFile(content)));
  await mkdir(dirname(path), {recursive: true});
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Like `writeFileAtomically`, but the first writer wins; resolves to whether that was this call. */
export async function createFileAtomically(path: string, content: Uint8Array | string, temporary: string): Promise<boolean> {
  await writeDurably(temporary, async (file) => void (await file.writeFile(content)));
  await mkdir(dirname(path), {recursive: true});
  try {
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

const isTemporary = /^(\d+)-(\d+)-/;

/** Whether the process that made a temporary name still runs. */
export async function isRunning(name: string): Promise<boolean> {
  const [, pid, start] = isTemporary.exec(name) ?? [];
  return pid !== undefined && (await startOf(Number(pid))) === start;
}

/** Removes temporary files that belong to processes which no longer run. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!isTemporary.test(name) || (await isRunning(name))) continue;
    await rm(join(folder, name), {force: true, recursive: true});
  }
}

/**
 * When a process began, in clock ticks since boot (field 22 of /proc/<pid>/stat, proc(5)), so that a reused number is not taken
 * for the same process; `0` for a live process where there is no /proc, empty for a dead one.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  if (process.platform === 'linux') return '';
  try {
    process.kill(pid, 0);
    return '0';
  } catch {
    return '';
  }
}
