import {existsSync} from 'node:fs';
import {access, constants, statfs} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import type {Finding} from '../core/finding.js';
import {formatBytes} from './format.js';

const comfortableBytes = 3e9;
const leastBytes = 3e8;

/** Free space where a folder is or will be; looking makes no folder. `variable` is the environment variable that moves it. */
export async function diskFinding(what: string, folder: string, variable: string): Promise<Finding> {
  let there = resolve(folder);
  while (!existsSync(there)) there = dirname(there);
  const writable = await access(there, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) {
    const remedy = `Set ${variable} to a folder that you may write.`;
    return {what, state: 'missing', found: `${folder} cannot be written`, remedy};
  }
  const {bavail, bsize} = await statfs(there);
  const free = bavail * bsize;
  const found = `${folder}, ${formatBytes(free)} free`;
  if (free > comfortableBytes) return {what, state: 'good', found};
  return {
    ...{what, state: free > leastBytes ? 'absent' : 'missing', found},
    remedy: 'Free some space: TensorFlow takes 0.9 GB (for a GPU 6 GB), a run of the largest recipe 0.5 GB.',
  };
}
