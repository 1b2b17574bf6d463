import {randomUUID} from 'node:crypto';
import {link, rename, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';

/**
 * Moves a file that cannot be trusted into `folder`, where it can be looked at. Another process may have put a good one in its
 * place since it was judged, so what was moved is judged again and goes back when it is good. Where nothing may be moved (a
 * read-only store), the file stays, and counts for nothing there. Without `keep` it is removed. Resolves to whether it is gone.
 */
export async function setAside(
  path: string,
  folder: string,
  isBad: (moved: string) => Promise<boolean>,
  {keep = true} = {},
): Promise<boolean> {
  const moved = join(folder, `${basename(path)}-${randomUUID()}`);
  try {
    await rename(path, moved);
  } catch (error) {
    if (harmless.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  if (await isBad(moved)) {
    if (!keep) await rm(moved, {force: true});
    return true;
  }
  await link(moved, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(moved, {force: true});
  return false;
}

/** Somebody else moved it already, or nobody here may. */
const harmless = new Set(['ENOENT', 'EROFS', 'EACCES', 'EPERM']);
