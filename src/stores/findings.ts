import type {Finding} from '../core/finding.js';
import {diskFinding} from '../util/disk-finding.js';
import {folderOf} from './open.js';

/** Findings of `pipeline doctor` about the store at a URL or in a folder; looking opens no store. */
export async function findings(url: string): Promise<readonly Finding[]> {
  const folder = folderOf(url);
  return folder === undefined ? [] : [await diskFinding('store', folder, 'TFPIPE_STORE')];
}
