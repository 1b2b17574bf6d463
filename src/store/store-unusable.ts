/** A store that cannot be written or read for a reason outside of tfpipe: one sentence with the remedy. */
export class StoreUnusable extends Error {
  static from(error: unknown, folder: string): unknown {
    const remedy = remedies[(error as NodeJS.ErrnoException).code ?? ''];
    return remedy ? new StoreUnusable(`Expected the store \`${folder}\` to be usable, but ${remedy}`, {cause: error}) : error;
  }
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or choose another folder with --store',
  EDQUOT: 'your disk quota is used up: free some space, or choose another folder with --store',
  EROFS: 'it is on a read-only file system: choose another folder with --store',
  EACCES: 'you may not write there: change its permissions, or choose another folder with --store',
  EPERM: 'you may not write there: change its permissions, or choose another folder with --store',
  ENOTDIR: 'a file stands where a folder should be: choose another folder with --store',
};
