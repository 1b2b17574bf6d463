import assert from 'node:assert/strict';
import {mkdtemp, readdir, rename, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import {VerifiedMemo} from '#tfpipe/stores/folder/verified-memo.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-memo-'));
after(() => rm(scratch, {recursive: true, force: true}));
let made = 0;

const right = 'right';
const wrong = 'wrong';
const digest = digestBytes(right);

/** A file with the right content that is remembered, and a way to ask a new process's memo about it. */
async function remembered() {
  const folder = join(scratch, `memo-${made}`);
  const path = join(scratch, `file-${made++}`);
  await writeFile(path, right);
  await (await VerifiedMemo.open(folder)).remember(digest, path);
  return {folder, path, holds: async () => (await VerifiedMemo.open(folder)).holds(digest, path)};
}

test('a remembered file that nobody touched is known, in other processes too', async () => {
  assert.equal(await (await remembered()).holds(), true);
});

test('a file that was written, restored in size and time, replaced or removed is not', async () => {
  const changes: readonly ((path: string) => Promise<void>)[] = [
    (path) => writeFile(path, wrong),
    async (path) => {
      const {atime, mtime} = await stat(path);
      await writeFile(path, wrong);
      await utimes(path, atime, mtime);
    },
    async (path) => {
      const {atime, mtime} = await stat(path);
      await writeFile(`${path}.new`, wrong);
      await utimes(`${path}.new`, atime, mtime);
      await rename(`${path}.new`, path);
    },
    (path) => rm(path),
  ];
  for (const [index, change] of changes.entries()) {
    const {path, holds} = await remembered();
    await change(path);
    assert.equal(await holds(), false, `change ${index}`);
  }
});

test('a process does not believe its own memory of a file that changed', async () => {
  const {folder, path} = await remembered();
  const memo = await VerifiedMemo.open(folder);
  assert.equal(await memo.holds(digest, path), true);
  await writeFile(path, wrong);
  assert.equal(await memo.holds(digest, path), false);
  assert.equal(await memo.verify(digest, path), digestBytes(wrong));
});

test('the same memo from another boot counts for nothing: what a crash lost would have changed no time', async () => {
  const {folder, holds} = await remembered();
  const [boot = ''] = await readdir(folder);
  await rename(join(folder, boot), join(folder, '00000000'));
  assert.equal(await holds(), false);
});

test('hashing a file that was still for long enough is remembered; one that just changed may change again within a tick', async (t) => {
  const folder = join(scratch, `memo-${made}`);
  const path = join(scratch, `file-${made++}`);
  await writeFile(path, right);
  const holds = async () => (await VerifiedMemo.open(folder)).holds(digest, path);
  assert.equal(await (await VerifiedMemo.open(folder)).verify(digest, path), digest);
  assert.equal(await holds(), false);
  t.mock.timers.enable({apis: ['Date'], now: Date.now() + 60_000});
  assert.equal(await (await VerifiedMemo.open(folder)).verify(digest, path), digest);
  assert.equal(await holds(), true);
});

test('a torn memo is no memo, and one that cannot be written is done without', async () => {
  const {folder, path, holds} = await remembered();
  const [boot = ''] = await readdir(folder);
  await writeFile(join(folder, boot, digest), '5 ');
  assert.equal(await holds(), false);
  await writeFile(join(scratch, 'in-the-way'), '');
  const memo = await VerifiedMemo.open(join(scratch, 'in-the-way'));
  await memo.remember(digest, path);
  assert.equal(await memo.holds(digest, path), true);
});

test('memos of boots long past are thrown away when the first store after a start is opened', async () => {
  const {folder} = await remembered();
  const [boot = ''] = await readdir(folder);
  await rename(join(folder, boot), join(folder, '11111111'));
  const now = Date.now() / 1000;
  await utimes(join(folder, '11111111'), now, now - 40 * 24 * 3600);
  await VerifiedMemo.open(folder);
  assert.deepEqual(await readdir(folder), [boot]);
});
