import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {StoreUnusable} from '#tfpipe/util/unusable.js';
import {outputOf, startProgram, storeProgram} from '../stores/folder/store-process.js';

const mountPoint = await mkdtemp(join(tmpdir(), 'tfpipe-small-'));
after(() => rm(mountPoint, {recursive: true, force: true}));

/** A file system of 1 MB that only the program sees: a mount namespace of its own, which needs no rights where users may have one. */
const small = (then: string): readonly string[] => [
  'unshare',
  '--user',
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs -o size=1m small ${mountPoint} && ${then}`,
  'sh',
];
const [unshare = '', ...probe] = small('true');
const skip = spawnSync(unshare, probe).status === 0 ? false : 'no mount namespaces here';

/** Runs a program on the small file system; it prints JSON. */
const inSmall = async (body: string): Promise<unknown> =>
  JSON.parse(
    await outputOf(
      startProgram(
        storeProgram(
          mountPoint,
          `
            const {readdirSync, writeFileSync, chmodSync, rmSync} = await import('node:fs');
            const {execFileSync} = await import('node:child_process');
            const told = (work) => work.then(() => 'done', (error) => error.constructor.name + ': ' + error.message.replaceAll(root, 'ROOT'));
            const store = await openLocalStore(root);
            const key = digestBytes('key');
            const blob = await store.writeBlob(Buffer.alloc(1000, 1));
            await store.commit(recordOf(key, blob, 'kept'));
            const blobPath = await store.file(blob.digest);
            ${body}`,
        ),
        small('exec "$@"'),
      ),
    ),
  );

test('a full disk is said in one sentence, leaves nothing behind, and spares what was there', {skip}, async () => {
  const found = await inSmall(`
    await store.saveCheckpoint(key, Buffer.from('old'));
    const big = Buffer.alloc(3_000_000, 2);
    const answers = {
      blob: await told(store.writeBlob(big)),
      checkpoint: await told(store.saveCheckpoint(key, big)),
      kept: Buffer.from(await store.loadCheckpoint(key)).toString(),
      left: readdirSync(root + '/tmp'),
      status: (await (await openLocalStore(root)).lookup(key)).status,
      after: await told(store.writeBlob(Buffer.alloc(1000, 3))),
    };
    console.log(JSON.stringify(answers));`);
  const sentence =
    'StoreUnusable: Expected the store `ROOT` to be usable, but the disk is full: free some space, or choose another folder with --store';
  assert.deepEqual(found, {blob: sentence, checkpoint: sentence, kept: 'old', left: [], status: 'hit', after: 'done'});
});

test('a read-only store gives hits, calls what is damaged a miss, and says why it cannot be written', {skip}, async () => {
  const found = (await inSmall(`
    const other = await store.writeBlob(Buffer.alloc(1000, 4));
    const bad = digestBytes('bad');
    await store.commit(recordOf(bad, other, 'bad'));
    const otherPath = await store.file(other.digest);
    chmodSync(otherPath, 0o644);
    writeFileSync(otherPath, 'damaged');
    rmSync(root + '/verified', {recursive: true});
    execFileSync('mount', ['-o', 'remount,ro', root]);
    const again = await openLocalStore(root);
    const answers = {
      hit: (await again.lookup(key)).status,
      damaged: await again.lookup(bad),
      blob: await told(again.writeBlob(Buffer.alloc(10))),
      commit: await told(again.commit(recordOf(digestBytes('new'), blob, 'new'))),
      checkpoint: await told(again.saveCheckpoint(key, Buffer.alloc(10))),
    };
    console.log(JSON.stringify(answers));`)) as Record<string, unknown>;
  assert.equal(found['hit'], 'hit');
  assert.deepEqual(found['damaged'], {status: 'miss', fault: 'its `file` was corrupt in the store'});
  for (const what of ['blob', 'commit', 'checkpoint'])
    assert.match(
      String(found[what]),
      /^StoreUnusable: .* it is on a read-only file system: make it writable, or choose another folder/,
    );
});

test('what the file system refuses is told with its remedy; other errors stay as they are', async () => {
  const told = (code: string, syscall = 'open', path = '/store/tmp/x'): string =>
    (StoreUnusable.from(Object.assign(new Error(code), {code, syscall, path}), '/store') as Error).message;
  assert.equal(
    told('EACCES'),
    'Expected the store `/store` to be usable, but you lack the permission: change it, or choose another folder with --store (/store/tmp/x)',
  );
  assert.match(told('EPERM', 'link'), /no hard links/);
  assert.equal(told('ENOENT'), 'ENOENT');
});

test('a file in the place of a blob’s folder is named', async () => {
  const {openLocalStore} = await import('#tfpipe/stores/folder/store.js');
  const root = join(mountPoint, 'store');
  const store = await openLocalStore(root);
  const {digestBytes} = await import('#tfpipe/core/digest.js');
  const digest = digestBytes('content');
  await writeFile(join(root, 'blobs', digest.slice(0, 2)), '');
  await assert.rejects(store.writeBlob(Buffer.from('content')), (error: Error) => {
    assert.ok(error instanceof StoreUnusable, error.message);
    assert.match(error.message, new RegExp(`blobs/${digest.slice(0, 2)}\\)$`));
    return true;
  });
});
