import {readlinkSync, unlinkSync} from 'node:fs';
import {readlink, rename, symlink, unlink} from 'node:fs/promises';
import {setTimeout as wait} from 'node:timers/promises';
import {isRunning, temporaryName} from '../../util/files.js';

/**
 * Does work while holding a lock: a symbolic link that names its holder, so that it is made in one step with its content. A lock whose
 * holder died is taken over. One of another machine or container, of which nobody here can tell, does not count: whoever uses this
 * must bear two at once, the lock only saves the work of doing it twice.
 */
export async function withLock<T>(path: string, onWait: () => void, work: (waited: boolean) => Promise<T>): Promise<T> {
  const own = await temporaryName();
  let waited = false;
  while (!(await take(path, own))) {
    const holder = await readlink(path).catch(() => undefined);
    if (holder === undefined) continue;
    if (await isRunning(holder)) {
      if (!waited) onWait();
      waited = true;
      await wait(200);
    } else await removeDead(path, holder, own);
  }
  const release = (): void => {
    try {
      if (readlinkSync(path) === own) unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  };
  process.once('exit', release);
  try {
    return await work(waited);
  } finally {
    process.off('exit', release);
    release();
  }
}

async function take(path: string, own: string): Promise<boolean> {
  try {
    await symlink(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead holder's lock, but not the one that somebody else took in its place just now. */
async function removeDead(path: string, holder: string, own: string): Promise<void> {
  const aside = `${path}.${own}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const found = await readlink(aside);
  if (found !== holder) await take(path, found);
  await unlink(aside);
}
