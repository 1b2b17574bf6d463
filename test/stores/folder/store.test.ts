import assert from 'node:assert/strict';
import {chmod, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import {formatRecord} from '#tfpipe/stores/folder/record.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {temporaryName} from '#tfpipe/util/files.js';
import {recordOf} from '../../helpers/record-of.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-store-'));
after(() => rm(scratch, {recursive: true, force: true}));
let made = 0;
const folder = (): string => join(scratch, `store-${made++}`);

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
  assert.equal(digestBytes(await store.readBlob(digest)), digest);
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
  ['of another key', formatRecord(recordOf(digestBytes('other'), []))],
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

test('temporary files of dead processes are removed when a store is opened, those of live ones stay', async () => {
  const root = folder();
  await openLocalStore(root);
  const mine = await temporaryName();
  await writeFile(join(root, 'tmp', mine), '');
  await writeFile(join(root, 'tmp', mine.replace(`-${process.pid}-`, '-999999999-')), '');
  await openLocalStore(root);
  assert.deepEqual(await readdir(join(root, 'tmp')), [mine]);
});

test('what is not a record lies in the folder of records without harm', async () => {
  const {root, store} = await lookupAfter(async () => {});
  await writeFile(join(root, 'records', '.DS_Store'), '');
  const part = digestBytes('key').slice(0, 2);
  await writeFile(join(root, 'records', part, `${digestBytes('torn')}.json`), '{');
  await writeFile(join(root, 'records', part, 'note.txt'), '');
  const keys: string[] = [];
  for await (const {key} of store.records()) keys.push(key);
  assert.deepEqual(keys, [digestBytes('key')]);
});

test('what is set aside keeps its name', async () => {
  const {root} = await lookupAfter(async (broken) => {
    await chmod(blobPath(broken), 0o644);
    await truncate(blobPath(broken), 10);
  });
  const names = (await readdir(join(root, 'quarantine'))).sort();
  assert.ok(names.some((name) => name.startsWith(digest)));
  assert.ok(names.some((name) => name.startsWith(`${digestBytes('key')}.json`)));
});

test('a source that fails half-way leaves nothing', async () => {
  const root = folder();
  const store = await openLocalStore(root);
  async function* source(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(5_000_000);
    throw new Error('the source failed');
  }
  await assert.rejects(store.writeBlob(source()), /the source failed/);
  assert.deepEqual(await readdir(join(root, 'tmp')), []);
  assert.deepEqual(await readdir(join(root, 'blobs')), []);
});

test('a store where a file stands in the way says so in one sentence', async () => {
  const root = folder();
  await writeFile(root, 'a file');
  await assert.rejects(openLocalStore(root), /Expected the store `.*` to be usable, but/);
});
