import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {folderOf, openStore} from '#tfpipe/stores/open.js';
import {StoreUnusable} from '#tfpipe/util/unusable.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-open-'));
after(() => rm(scratch, {recursive: true, force: true}));

test('a path and a file URL of the same folder are the same store, odd letters included', async () => {
  const folder = join(scratch, 'größe 100% #1');
  const [byPath, byUrl] = [await openStore(folder), await openStore(pathToFileURL(folder).href)];
  assert.equal(byPath.url, byUrl.url);
  const {digest} = await byPath.writeBlob(Buffer.from('content'));
  assert.equal(Buffer.from(await byUrl.readBlob(digest)).toString(), 'content');
});

test('a kind of store that is not known is refused in one sentence, without what may be a password', async () => {
  await assert.rejects(openStore('ftp://user:secret@host/store'), (error: Error) => {
    assert.ok(error instanceof StoreUnusable);
    assert.equal(
      error.message,
      'Expected the store to be a folder or a URL that begins with file://, got one that begins with `ftp://`',
    );
    return true;
  });
  await assert.rejects(openStore('constructor://x'), StoreUnusable);
});

test('a file URL of another machine is refused', async () => {
  await assert.rejects(openStore('file://other/store'), /Expected the store to be a folder of this machine, .* got `file:/);
});

test('the folder of a store: of a path and a file URL, and of no other', () => {
  assert.equal(folderOf('.tfpipe/store'), '.tfpipe/store');
  assert.equal(folderOf('file:///data/a%20b'), '/data/a b');
  assert.equal(folderOf('s3://bucket/store'), undefined);
});
