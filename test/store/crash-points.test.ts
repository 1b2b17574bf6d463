import assert from 'node:assert/strict';
import {cp, mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {openLocalStore} from '#tfpipe/store/local.js';
import {digestBytes, digestFile} from '#tfpipe/util/digest.js';
import {recordOf} from '../contracts/store.js';
import {CrashPoints, type Moment} from './crash-points.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-crashes-'));
after(() => rm(scratch, {recursive: true, force: true}));

const earlier = digestBytes('earlier');
const stage = digestBytes('stage');
const old = Buffer.from('old checkpoint');
const newer = Buffer.from('newer checkpoint');

/** All that a stage does to a store; the second half finds everything there. */
async function computeStage(root: string): Promise<void> {
  const store = await openLocalStore(root);
  for (let times = 0; times < 2; times++) {
    await store.saveCheckpoint(stage, newer);
    const blob = await store.writeBlob(Buffer.from('content of the stage'));
    await store.commit(recordOf(stage, [blob]));
  }
  await store.dropCheckpoint(stage);
}

async function prepare(root: string): Promise<void> {
  const store = await openLocalStore(root);
  await store.commit(recordOf(earlier, [await store.writeBlob(Buffer.from('content of an earlier stage'))]));
  await store.saveCheckpoint(stage, old);
}

/** The next process's view: whole results only, the earlier one among them, and a whole checkpoint until the result is there. */
async function inspect(root: string): Promise<void> {
  const store = await openLocalStore(root);
  assert.equal((await store.lookup(earlier)).status, 'hit');
  const found = await store.lookup(stage);
  assert.ok(found.status === 'hit' || found.fault === undefined, JSON.stringify(found));
  for (const part of await readdir(join(root, 'blobs'))) {
    for (const name of await readdir(join(root, 'blobs', part)))
      assert.equal(await digestFile(join(root, 'blobs', part, name)), name);
  }
  const checkpoint = await store.loadCheckpoint(stage);
  if (checkpoint) assert.ok([old, newer].some((whole) => whole.equals(checkpoint)));
  else assert.equal(found.status, 'hit', 'a checkpoint goes only when the result is there');
  assert.deepEqual(await readdir(join(root, 'quarantine')), []);
}

test('wherever a process dies, what it leaves is whole, and the next one completes it', {timeout: 120_000}, async () => {
  const points = await CrashPoints.install();
  const counted = join(scratch, 'counted');
  const prepared = join(scratch, 'prepared');
  await prepare(prepared);
  await cp(prepared, counted, {recursive: true});
  const calls = await points.count(() => computeStage(counted));
  assert.ok(calls > 30, `${calls} calls change files`);
  for (let at = 0; at < calls; at++) {
    for (const moment of ['before', 'half'] satisfies Moment[]) {
      const root = join(scratch, `${at}-${moment}`);
      await cp(prepared, root, {recursive: true});
      assert.ok(await points.crash(at, moment, () => computeStage(root)), `call ${at} of ${calls} was not reached`);
      await inspect(root);
      await computeStage(root);
      assert.equal((await (await openLocalStore(root)).lookup(stage)).status, 'hit');
      await rm(root, {recursive: true});
    }
  }
});
