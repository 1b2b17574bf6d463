import {existsSync, readdirSync, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {workerData} from 'node:worker_threads';
import {readTextNow} from '../../util/files.js';

export interface HeartbeatData {
  /** Folder of leases. */
  readonly folder: string;
  /** Beginning of the text of this process's leases. */
  readonly owner: string;
  readonly everyMilliseconds: number;
}

/**
 * A thread of its own that touches the leases of its process, for a stage may compute for minutes without a pause and still lives. Other
 * machines tell by it (see Leases); it ends with the process.
 */
const {folder, owner, everyMilliseconds} = workerData as HeartbeatData;

function touch(path: string): void {
  const now = new Date();
  try {
    if (readTextNow(path)?.startsWith(owner)) utimesSync(path, now, now);
  } catch {
    // released in between, or nothing can be written: then others may take over, which does no harm
  }
}

setInterval(() => {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) touch(join(folder, name));
}, everyMilliseconds);
