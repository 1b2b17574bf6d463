import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {chmod, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {openLocalStore} from '#tfpipe/store/local.js';
import {BlobFault} from '#tfpipe/store/store.js';
import {digestBytes, digestFile} from '#tfpipe/util/digest.js';
import {recordOf, storeContract} from '../contracts/store.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-store-'));
after(() => rm(scratch, {recursive: true, force: true}));
let made = 0;
const folder = (): string => join(scratch, `store-${made++}`);

storeContract('local store', () => openLocalStore(folder()));

const content = Buffer.from('x'.repeat(100_000));
const digest = digestBytes(content);
const blobPath = (root: string): string => join(root, 'blobs', digest.slice(0, 2), digest);

/** A store with one committed record, and what a newly opened store says of it after `damage`. */
async function lookupAfter(damage: (root: string) => Promise<void>) {
  const root = folder();
  const store = await openLocalStore(root);
  await store.commit(recordOf(digestBytes('key'), [await store.writeBlob(content)]));
  await damage(root);
  const reopened = await openLocalStore(root);
  return {root, store: reopened, found: await reopened.lookup(digestBytes('key'))};
}

test('an undamaged store is a hit', async () => {
  assert.equal((await lookupAfter(async () => {})).found.status, 'hit');
});

test('a blob whose bytes changed is found out, set aside, and written anew', async () => {
  const {root, store, found} = await lookupAfter(async (broken) => {
    await chmod(blobPath(broken), 0o644);
    await writeFile(blobPath(broken), Buffer.from(`y${'x'.repeat(99_999)}`));
  });
  assert.deepEqual(found, {status: 'miss', fault: 'its `file-0` was corrupt in the store'});
  assert.equal((await readdir(join(root, 'quarantine'))).length, 2, 'the blob and its record');
  await store.writeBlob(content);
  assert.equal(await digestFile(await store.openBlob(digest)), digest);
});

test('the memo of verified blobs is not fooled by a change of the same size with its old time put back', async () => {
  const {found} = await lookupAfter(async (broken) => {
    const before = await stat(blobPath(broken));
    await chmod(blobPath(broken), 0o644);
    await writeFile(blobPath(broken), Buffer.from(`y${'x'.repeat(99_999)}`));
    await chmod(blobPath(broken), 0o444);
    await utimes(blobPath(broken), before.atime, before.mtime);
  });
  assert.equal(found.status, 'miss');
});

test('a memo from before the machine was started again counts for nothing', async () => {
  const {root, store} = await lookupAfter(async () => {});
  const memo = join(root, 'verified', digest);
  await writeFile(memo, (await readFile(memo, 'utf8')).replace(/^\S+/, 'another-boot'));
  await chmod(blobPath(root), 0o644);
  await writeFile(blobPath(root), 'short');
  await assert.rejects(store.openBlob(digest), BlobFault);
});

for (const [what, damage] of [
  ['truncated', (root: string) => truncate(blobPath(root), 10)],
  ['removed', (root: string) => rm(blobPath(root))],
] as const) {
  test(`a blob that was ${what} is a miss`, async () => {
    const {found} = await lookupAfter(async (root) => {
      await chmod(blobPath(root), 0o644);
      await damage(root);
    });
    assert.equal(found.status, 'miss');
  });
}

for (const [what, text] of [
  ['torn', '{"format":1,"key":"'],
  ['of another key', JSON.stringify(recordOf(digestBytes('other'), []))],
  ['of another kind', '[1,2,3]'],
] as const) {
  test(`a record that is ${what} is a miss with a reason`, async () => {
    const {found} = await lookupAfter(async (root) => {
      const key = digestBytes('key');
      await writeFile(join(root, 'records', key.slice(0, 2), `${key}.json`), text);
    });
    assert.equal(found.status, 'miss');
    assert.match(found.status === 'miss' ? (found.fault ?? '') : '', /record/);
  });
}

test('a damaged checkpoint counts as none', async () => {
  const root = folder();
  const store = await openLocalStore(root);
  await store.saveCheckpoint(digestBytes('k'), Buffer.from('weights'));
  await truncate(join(root, 'checkpoints', digestBytes('k')), 70);
  assert.equal(await store.loadCheckpoint(digestBytes('k')), undefined);
});

test('temporary files of dead processes are removed, those of live ones stay', async () => {
  const root = folder();
  await openLocalStore(root);
  await writeFile(join(root, 'tmp', '999999999-1-abandoned'), '');
  const start = (await readFile(`/proc/${process.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19];
  await writeFile(join(root, 'tmp', `${process.pid}-${start}-mine`), '');
  await openLocalStore(root);
  assert.deepEqual(await readdir(join(root, 'tmp')), [`${process.pid}-${start}-mine`]);
});

test('a store where a file stands in the way says so in one sentence', async () => {
  const root = folder();
  await writeFile(root, 'a file');
  await assert.rejects(openLocalStore(root), /Expected the store `.*` to be usable, but/);
});

test('whenever a writer is killed, every record that is seen is whole', {timeout: 60_000}, async () => {
  const root = folder();
  const module = (path: string): string => pathToFileURL(join('dist', path)).href;
  const script = `
    const {openLocalStore} = await import('${module('store/local.js')}');
    const {digestBytes} = await import('${module('util/digest.js')}');
    const store = await openLocalStore(${JSON.stringify(root)});
    process.stdout.write('ready');
    for (let index = 0; ; index++) {
      const blob = await store.writeBlob(Buffer.alloc(50_000 + index, index + process.pid));
      const key = digestBytes(process.pid + ':' + index);
      const files = [{name: 'f', ...blob}];
      await store.commit({format: 1, key, fields: {}, outputs: {out: {kind: 'table', type: {}, digest: blob.digest, files}}, metrics: [], computed: {stage: 's', at: index, seconds: 0, peakBytes: 0}});
    }`;
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {stdio: ['ignore', 'pipe', 'inherit']});
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 3 + 7 * round));
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  const store = await openLocalStore(root);
  assert.deepEqual(await readdir(join(root, 'tmp')), []);
  let whole = 0;
  for await (const record of store.records()) {
    const found = await store.lookup(record.key);
    assert.equal(found.status, 'hit', JSON.stringify(found));
    whole++;
  }
  assert.ok(whole > 12, `${whole} records were committed before the kills`);
});
