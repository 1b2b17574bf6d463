/** A folder of ours that cannot be read or written for a reason outside of tfpipe: one sentence with the remedy. */
export class StoreUnusable extends Error {
  /** The error to throw for `error`: a `StoreUnusable` when the file system is to blame, else the error itself. */
  static from(error: unknown, folder: string, {what, option}: Place = store): unknown {
    const {code = '', syscall, path} = error as NodeJS.ErrnoException;
    const remedy = syscall === 'link' && withoutLinks.has(code) ? noLinks : remedies[code];
    if (!remedy || error instanceof StoreUnusable) return error;
    const where = path === undefined || path === folder ? '' : ` (${path})`;
    const told = remedy.replace('--store', option);
    return new StoreUnusable(`Expected the ${what} \`${folder}\` to be usable, but ${told}${where}`, {cause: error});
  }
}

/** Purpose of a folder, and the option that says where it is. */
interface Place {
  readonly what: string;
  readonly option: string;
}

const store: Place = {what: 'store', option: '--store'};
/** Where the folders of runs are made. */
export const runsPlace: Place = {what: 'folder of runs', option: '--runs'};

const elsewhere = 'or choose another folder with --store';

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: `the disk is full: free some space, ${elsewhere}`,
  EDQUOT: `your disk quota is used up: free some space, ${elsewhere}`,
  EROFS: `it is on a read-only file system: make it writable, ${elsewhere}`,
  EACCES: `you lack the permission: change it, ${elsewhere}`,
  EPERM: `you lack the permission: change it, ${elsewhere}`,
  ENOTDIR: `a file stands where a folder should be: remove it, ${elsewhere}`,
  EEXIST: `a file stands where a folder should be: remove it, ${elsewhere}`,
  EISDIR: `a folder stands where a file should be: remove it, ${elsewhere}`,
  EIO: `the disk reports an error: check it, ${elsewhere}`,
  EMFILE: 'too many files are open: raise `ulimit -n`',
};

const noLinks = 'its file system has no hard links, which keep results whole: choose a folder on another one with --store';
const withoutLinks = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV']);
