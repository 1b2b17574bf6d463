import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {digestBytes, digestFile} from '#tfpipe/core/digest.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {seeded} from '../../util/seeded.js';
import {startProgram, storeProgram} from './store-process.js';

const root = await mkdtemp(join(tmpdir(), 'tfpipe-kills-'));
after(() => rm(root, {recursive: true, force: true}));

const rounds = 8;
const writers = 4;
const checkpointKey = digestBytes('checkpoint');

/** Writers race for the same keys; each also replaces the checkpoint, whose bytes are all alike. Ready means: done with the first. */
const program = (round: number): string =>
  storeProgram(
    root,
    `
      const store = await openLocalStore(root);
      for (let index = 0; ; index++) {
        const blob = await store.writeBlob(Buffer.alloc(20_000 + index % 1000, index));
        await store.commit(recordOf(digestBytes('${round}:' + index), blob, String(process.pid)));
        await store.saveCheckpoint(digestBytes('checkpoint'), Buffer.alloc(10_000, index));
        if (index === 0) process.stdout.write('ready');
      }`,
  );

test(`after ${rounds * writers} writers are killed at any moment, all that is seen is whole`, {timeout: 120_000}, async () => {
  const random = seeded(1);
  let seen = 0;
  for (let round = 0; round < rounds; round++) {
    const children = Array.from({length: writers}, () => startProgram(program(round)));
    await Promise.all(children.map((child) => child.stdout && once(child.stdout, 'data')));
    await Promise.all(
      children.map(async (child) => {
        const closed = once(child, 'close');
        setTimeout(() => child.kill('SIGKILL'), random() * 60);
        await closed;
        assert.equal(child.signalCode, 'SIGKILL', 'a writer ended before it was killed');
      }),
    );
    seen = await inspect();
  }
  assert.ok(seen >= rounds, `${seen} records were committed before the kills`);
});

/** Number of records, after it is sure that each is a hit, each blob hashes to its name and the checkpoint is whole. */
async function inspect(): Promise<number> {
  const store = await openLocalStore(root);
  assert.deepEqual(await readdir(join(root, 'tmp')), [], 'the dead leave no temporary files');
  let records = 0;
  for await (const {key} of store.records()) {
    const found = await store.lookup(key);
    assert.equal(found.status, 'hit', JSON.stringify(found));
    records++;
  }
  for (const part of await readdir(join(root, 'blobs'))) {
    for (const name of await readdir(join(root, 'blobs', part)))
      assert.equal(await digestFile(join(root, 'blobs', part, name)), name);
  }
  const checkpoint = await store.loadCheckpoint(checkpointKey);
  assert.equal(checkpoint?.length, 10_000, 'once there was a checkpoint, there is always a whole one');
  assert.ok(checkpoint?.every((byte) => byte === checkpoint[0]));
  assert.deepEqual(await readdir(join(root, 'quarantine')), []);
  return records;
}
