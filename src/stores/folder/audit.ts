import {readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {type Digest, digestFile, isDigest} from '../../core/digest.js';
import {unsealCheckpoint} from './checkpoint.js';
import {filesBelow, filesIn} from './garbage.js';
import {blobPath} from './layout.js';
import {parseRecord} from './record.js';
import {setAside} from './set-aside.js';

export interface Finding {
  /** Path inside the store. */
  readonly file: string;
  /** What is wrong, in words. */
  readonly what: string;
}

export interface Audit {
  readonly results: number;
  readonly blobs: number;
  readonly checkpoints: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

/**
 * Reads all of a local store, whatever was verified before, and sets aside what cannot be trusted: content that does not hash to its name,
 * results that are damaged or whose content is, checkpoints, files that do not belong there.
 */
export async function auditStore(root: string, onProgress: (done: number, total: number) => void): Promise<Audit> {
  const [blobs, records, checkpoints] = await Promise.all([
    filesBelow(join(root, 'blobs')),
    filesBelow(join(root, 'records')),
    filesIn(join(root, 'checkpoints')),
  ]);
  const total = blobs.reduce((sum, {bytes}) => sum + bytes, 0);
  const findings: Finding[] = [];
  const reject = async (path: string, what: string, isBad: (moved: string) => Promise<boolean>): Promise<void> => {
    findings.push({file: relative(root, path), what});
    await setAside(path, join(root, 'quarantine'), isBad);
  };
  const whole = new Set<string>();
  let done = 0;
  for (const {path, name, bytes} of blobs) {
    const isBad = async (file: string): Promise<boolean> => (await digestFile(file)) !== name;
    if (!isDigest(name)) await reject(path, 'a file that does not belong here', async () => true);
    else if (await isBad(path)) await reject(path, 'its content is not what its name says', isBad);
    else whole.add(name);
    done += bytes;
    onProgress(done, total);
  }
  // a run may have added content in the meantime
  const isWhole = async (digest: Digest): Promise<boolean> =>
    whole.has(digest) || (await digestFile(blobPath(root, digest)).catch(() => undefined)) === digest;
  for (const {path, name} of records) {
    const judge = async (file: string): Promise<string | undefined> => faultOf(await readFile(file, 'utf8'), name, isWhole);
    const fault = await judge(path);
    if (fault !== undefined) await reject(path, fault, async (moved) => (await judge(moved)) !== undefined);
  }
  for (const {path, name} of checkpoints) {
    const isBad = async (file: string): Promise<boolean> => !isDigest(name) || !unsealCheckpoint(await readFile(file));
    if (await isBad(path)) await reject(path, 'a checkpoint that is not whole', isBad);
  }
  return {results: records.length, blobs: blobs.length, checkpoints: checkpoints.length, bytes: total, findings};
}

async function faultOf(text: string, name: string, isWhole: (digest: Digest) => Promise<boolean>): Promise<string | undefined> {
  const key = name.replace(/\.json$/, '');
  if (!isDigest(key)) return 'a file that does not belong here';
  const parsed = parseRecord(text, key);
  if ('fault' in parsed) return parsed.fault;
  for (const {files} of Object.values(parsed.record.outputs))
    for (const {name: file, digest} of files)
      if (!(await isWhole(digest))) return `the result of \`${parsed.record.computed.stage}\` lacks its \`${file}\``;
  return undefined;
}
