import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {type Digest, digestBytes} from '#tfpipe/core/digest.js';
import {BlobFault, type Store} from '#tfpipe/core/store.js';
import {recordOf} from '../../helpers/record-of.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text);
}

/** The promises of every store (src/core/store.ts), tested on empty stores from `makeStore`. */
export function storeContract(name: string, makeStore: () => Promise<Store>): void {
  const key = (text: string): Digest => digestBytes(text);

  test(`${name}: a blob reads back under the digest of its bytes, whole or in chunks`, async () => {
    const store = await makeStore();
    const whole = await store.writeBlob(bytes('abcdef'));
    assert.deepEqual(whole, {digest: digestBytes('abcdef'), bytes: 6});
    assert.deepEqual(await store.writeBlob(chunks('abc', '', 'def')), whole);
    assert.equal(await readFile(await store.openBlob(whole.digest), 'utf8'), 'abcdef');
  });

  test(`${name}: an unknown blob is a fault, not an empty file`, async () => {
    const store = await makeStore();
    await assert.rejects(
      store.openBlob(digestBytes('never written')),
      (error: BlobFault) => error instanceof BlobFault && error.what === 'missing',
    );
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
    assert.deepEqual(await readFile(await store.openBlob(digestBytes(content))), content);
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
    assert.ok(content.equals(await readFile(await store.openBlob(digest))));
    const empty = await store.writeBlob(new Uint8Array(0));
    assert.equal((await readFile(await store.openBlob(empty.digest))).length, 0);
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
}
