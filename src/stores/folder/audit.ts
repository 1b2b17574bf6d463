import {readFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {type Digest, digestFile, isDigest} from '../../core/digest.js';
import type {Audit, AuditFinding} from '../../core/store.js';
import {unsealCheckpoint} from './checkpoint.js';
import {filesBelow, filesIn} from './garbage.js';
import {blobPath} from './layout.js';
import {parseRecord} from './record.js';
import {setAside} from './set-aside.js';

/**
 * `Store.audit` in the folder `root`. Sets aside content that does not hash to its name, results that are damaged or whose content is,
 * checkpoints that are not whole, and files that do not belong there.
 */
export async function auditFolder(root: string, onProgress: (done: number, total: number) => void): Promise<Audit> {
  const [blobs, records, checkpoints] = await Promise.all([
    filesBelow(join(root, 'blobs')),
    filesBelow(join(root, 'records')),
    filesIn(join(root, 'checkpoints')),
  ]);
  const total = blobs.reduce((sum, {bytes}) => sum + bytes, 0);
  const findings: AuditFinding[] = [];
  const quarantine = join(root, 'quarantine');
  const reject = async (path: string, what: string, isBad: (moved: string) => Promise<boolean>): Promise<void> => {
    findings.push({file: relative(root, path), what});
    await setAside(path, quarantine, isBad);
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
  // a run may have added content since
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
  return {results: records.length, blobs: blobs.length, checkpoints: checkpoints.length, bytes: total, findings, quarantine};
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
