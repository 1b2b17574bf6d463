import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {type Digest, digestBytes} from '#tfpipe/core/digest.js';
import {BlobFault, type ByteRange, type Store} from '#tfpipe/core/store.js';
import {openStore} from '#tfpipe/stores/open.js';
import {recordOf} from '../../helpers/record-of.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text);
}

const readText = async (store: Store, digest: Digest, range?: ByteRange): Promise<string> =>
  Buffer.from(await store.readBlob(digest, range)).toString('utf8');

/** The promises of every store (src/core/store.ts), tested on empty stores from `makeStore`; `open` opens one again by its URL. */
export function storeContract(
  name: string,
  makeStore: () => Promise<Store>,
  open: (url: string) => Promise<Store> = openStore,
): void {
  const key = (text: string): Digest => digestBytes(text);

  test(`${name}: a blob reads back under the digest of its bytes, whole or in chunks`, async () => {
    const store = await makeStore();
    const whole = await store.writeBlob(bytes('abcdef'));
    assert.deepEqual(whole, {digest: digestBytes('abcdef'), bytes: 6});
    assert.deepEqual(await store.writeBlob(chunks('abc', '', 'def')), whole);
    assert.equal(await readText(store, whole.digest), 'abcdef');
    assert.equal(await readFile(await store.file(whole.digest), 'utf8'), 'abcdef');
  });

  test(`${name}: a range of a blob ends where the blob does`, async () => {
    const store = await makeStore();
    const {digest} = await store.writeBlob(bytes('abcdef'));
    for (const [start, end, expected] of [
      [0, 2, 'ab'],
      [2, 6, 'cdef'],
      [4, 100, 'ef'],
      [6, 8, ''],
      [7, 9, ''],
    ] as const)
      assert.equal(await readText(store, digest, {start, end}), expected, `${start} to ${end}`);
  });

  test(`${name}: the path of content on this machine, where there is one, is that of a file with it`, async () => {
    const store = await makeStore();
    const {digest} = await store.writeBlob(bytes('abcdef'));
    const path = store.localPath(digest);
    if (path !== undefined) assert.equal(await readFile(path, 'utf8'), 'abcdef');
  });

  test(`${name}: its URL opens the same store`, async () => {
    const store = await makeStore();
    const {digest} = await store.writeBlob(bytes('abcdef'));
    const again = await open(store.url);
    assert.equal(again.url, store.url);
    assert.equal(await readText(again, digest), 'abcdef');
  });

  test(`${name}: an unknown blob is a fault, not an empty file`, async () => {
    const store = await makeStore();
    const isMissing = (error: BlobFault): boolean => error instanceof BlobFault && error.what === 'missing';
    await assert.rejects(store.readBlob(digestBytes('never written')), isMissing);
    await assert.rejects(store.readBlob(digestBytes('never written'), {start: 0, end: 1}), isMissing);
    await assert.rejects(store.file(digestBytes('never written')), isMissing);
  });

  test(`${name}: a record is a hit only once it is committed`, async () => {
    const store = await makeStore();
    assert.deepEqual(await store.lookup(key('a')), {status: 'miss'});
    const record = recordOf(key('a'), [await store.writeBlob(bytes('content'))]);
    assert.deepEqual(await store.lookup(key('a')), {status: 'miss'});
    await store.commit(record);
    assert.deepEqual(await store.lookup(key('a')), {status: 'hit', record});
  });

  test(`${name}: a record that is to replace another does`, async () => {
    const store = await makeStore();
    const blob = await store.writeBlob(bytes('content'));
    await store.commit(recordOf(key('again'), [blob], 'first'));
    const record = recordOf(key('again'), [blob], 'second');
    assert.deepEqual(await store.commit(record, {replace: true}), record);
    assert.deepEqual(await store.lookup(key('again')), {status: 'hit', record});
  });

  test(`${name}: the first of many records of a key wins, and everyone is told which`, async () => {
    const store = await makeStore();
    const blob = await store.writeBlob(bytes('content'));
    const winners = await Promise.all(
      Array.from({length: 8}, (_, index) => store.commit(recordOf(key('race'), [blob], `stage-${index}`))),
    );
    assert.equal(new Set(winners.map((winner) => winner.computed.stage)).size, 1);
    const found = await store.lookup(key('race'));
    assert.equal(found.status === 'hit' && found.record.computed.stage, winners[0]?.computed.stage);
  });

  test(`${name}: the same content written by many at once is kept once and is whole`, async () => {
    const store = await makeStore();
    const content = Buffer.alloc(200_000, 'content');
    const written = await Promise.all(Array.from({length: 8}, () => store.writeBlob(content)));
    assert.deepEqual(new Set(written.map((blob) => blob.digest)), new Set([digestBytes(content)]));
    assert.ok(content.equals(await store.readBlob(digestBytes(content))));
  });

  test(`${name}: content of many megabytes in uneven chunks reads back as it was, and so does empty content`, async () => {
    const store = await makeStore();
    const content = Buffer.from(Array.from({length: 9_000_001}, (_, index) => (index * index) % 251));
    const cuts = [0, 1, 1, 4_194_304, 4_194_305, 9_000_001];
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const [index, start] of cuts.entries()) yield content.subarray(start, cuts[index + 1] ?? start);
    }
    const {digest, bytes: size} = await store.writeBlob(pieces());
    assert.deepEqual([digest, size], [digestBytes(content), content.length]);
    assert.ok(content.equals(await store.readBlob(digest)));
    assert.ok(content.subarray(4_194_300, 4_194_310).equals(await store.readBlob(digest, {start: 4_194_300, end: 4_194_310})));
    const empty = await store.writeBlob(new Uint8Array(0));
    assert.equal((await store.readBlob(empty.digest)).length, 0);
  });

  test(`${name}: a record comes back verbatim, figures and odd names included`, async () => {
    const store = await makeStore();
    const plain = recordOf(key('verbatim'), [await store.writeBlob(bytes('content'))]);
    const values = Object.fromEntries([
      ['validation/loss', 0.1 + 0.2],
      ['__proto__', 5e-324],
      ['größe', -0.5],
    ]);
    const record = {...plain, fields: {params: {list: [1, null, 'x\u2028'], nested: {}}}, metrics: [{step: 3, time: 4, values}]};
    await store.commit(record);
    assert.deepEqual(await store.lookup(record.key), {status: 'hit', record});
  });

  test(`${name}: a record that names a missing blob is a miss`, async () => {
    const store = await makeStore();
    await store.commit(recordOf(key('dangling'), [{digest: digestBytes('not there'), bytes: 9}]));
    const found = await store.lookup(key('dangling'));
    assert.equal(found.status, 'miss');
    assert.match(found.status === 'miss' ? (found.fault ?? '') : '', /missing/);
    assert.deepEqual(await store.lookup(key('dangling')), {status: 'miss'}, 'it has been set aside');
  });

  test(`${name}: records come newest first`, async () => {
    const store = await makeStore();
    for (const [index, at] of [3, 1, 2].entries()) {
      const record = recordOf(key(`order-${index}`), []);
      await store.commit({...record, computed: {...record.computed, at}});
    }
    const times: number[] = [];
    for await (const record of store.records()) times.push(record.computed.at);
    assert.deepEqual(times, [3, 2, 1]);
  });

  test(`${name}: of many claims to a key one is granted; the others hear of it until it is released`, async () => {
    const store = await makeStore();
    const claims = await Promise.all([1, 2, 3].map(() => store.claim(key('claimed'))));
    const granted = claims.filter((claim) => claim.status === 'claimed');
    assert.equal(granted.length, 1);
    assert.equal((await store.claim(key('claimed'))).status, 'held');
    assert.equal((await store.claim(key('another'))).status, 'claimed', 'a claim is to one key');
    await granted[0]?.release();
    assert.equal((await store.claim(key('claimed'))).status, 'claimed');
  });

  test(`${name}: a checkpoint reads back whole, the newest replaces the older, and dropping removes it`, async () => {
    const store = await makeStore();
    assert.equal(await store.loadCheckpoint(key('c')), undefined);
    await store.saveCheckpoint(key('c'), bytes('first'));
    await store.saveCheckpoint(key('c'), bytes('second'));
    assert.deepEqual(Buffer.from((await store.loadCheckpoint(key('c'))) ?? []).toString(), 'second');
    await store.dropCheckpoint(key('c'));
    assert.equal(await store.loadCheckpoint(key('c')), undefined);
  });
  /** What a collection that removes whatever it may has left of the stages' results; `keep` names those that must stay. */
  async function leftOf(store: Store, keep: readonly string[], dryRun = false) {
    const checkpointsBefore = Date.now() + 1000;
    const collected = await store.collect({keep: new Set(keep.map(key)), checkpointsBefore, dryRun});
    const left: string[] = [];
    for await (const record of store.records()) left.push(record.computed.stage);
    return {collected, left: left.sort()};
  }

  test(`${name}: collecting removes results that nobody keeps, and content that none that is left refers to`, async () => {
    const store = await makeStore();
    const [shared, own] = [await store.writeBlob(bytes('shared')), await store.writeBlob(bytes('own'))];
    await store.commit(recordOf(key('kept'), [shared], 'kept'));
    await store.commit(recordOf(key('removed'), [shared, own], 'removed'));
    const dry = await leftOf(store, ['kept'], true);
    assert.deepEqual([dry.collected.results, dry.left], [1, ['kept', 'removed']], 'nothing goes yet');
    const {collected, left} = await leftOf(store, ['kept']);
    assert.deepEqual(left, ['kept']);
    assert.deepEqual([collected.results, collected.blobs, collected.bytes, collected.left], [1, 1, own.bytes, shared.bytes]);
    assert.equal((await store.lookup(key('kept'))).status, 'hit');
    await assert.rejects(store.readBlob(own.digest), BlobFault);
  });

  test(`${name}: collecting leaves what a running process has pinned`, async () => {
    const store = await makeStore();
    await store.commit(recordOf(key('pinned'), [await store.writeBlob(bytes('in use'))], 'pinned'));
    await store.pin(key('pinned'));
    const {collected, left} = await leftOf(store, []);
    assert.deepEqual([collected.results, collected.inUse, left], [0, 1, ['pinned']]);
  });

  test(`${name}: an audit of a whole store reads all of it and finds nothing`, async () => {
    const store = await makeStore();
    await store.commit(recordOf(key('a'), [await store.writeBlob(bytes('abc')), await store.writeBlob(bytes('defgh'))]));
    await store.saveCheckpoint(key('c'), bytes('state'));
    const seen: (readonly [number, number])[] = [];
    const audit = await store.audit((done, total) => void seen.push([done, total]));
    assert.deepEqual([audit.results, audit.blobs, audit.checkpoints, audit.bytes, audit.findings], [1, 2, 1, 8, []]);
    assert.deepEqual(seen.at(-1), [8, 8]);
  });

  test(`${name}: an audit sets aside a result whose content is missing`, async () => {
    const store = await makeStore();
    await store.commit(recordOf(key('dangling'), [{digest: digestBytes('not there'), bytes: 9}], 'lost'));
    const {findings} = await store.audit(() => {});
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.what ?? '', /`lost` lacks its `file-0`/);
    assert.deepEqual(await store.lookup(key('dangling')), {status: 'miss'});
  });
}
