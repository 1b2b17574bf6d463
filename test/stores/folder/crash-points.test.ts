import assert from 'node:assert/strict';
import {once} from 'node:events';
import {cp, mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import PQueue from 'p-queue';
import {digestBytes, digestFile} from '#tfpipe/core/digest.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {recordOf} from '../../helpers/record-of.js';
import {isWrite, type Moment} from './crash-points.js';
import {computeStage, checkpoint as newer, stage} from './one-stage.js';
import {outputOf, startProgram} from './store-process.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-crashes-'));
after(() => rm(scratch, {recursive: true, force: true}));

const earlier = digestBytes('earlier');
const old = Buffer.from('old checkpoint');

const module = (name: string): string => JSON.stringify(pathToFileURL(`dist-test/stores/folder/${name}`).href);

/** Computes a stage until it is killed at a call, or prints the names of all. */
const program = (root: string, at: number, moment: Moment): string => `
  const {killAt} = await import(${module('crash-points.js')});
  const {computeStage} = await import(${module('one-stage.js')});
  const calls = await killAt(${at}, '${moment}');
  await computeStage(${JSON.stringify(root)});
  process.stdout.write(JSON.stringify(calls));`;

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
  const saved = await store.loadCheckpoint(stage);
  if (saved) assert.ok([old, newer].some((whole) => whole.equals(saved)));
  else assert.equal(found.status, 'hit', 'a checkpoint goes only when the result is there');
  assert.deepEqual(await readdir(join(root, 'quarantine')), []);
  assert.deepEqual(await readdir(join(root, 'tmp')), [], 'opening swept what was being written');
}

test('wherever a process is killed, what it leaves is whole, and the next one completes it', {timeout: 300_000}, async () => {
  const prepared = join(scratch, 'prepared');
  await prepare(prepared);
  const copy = async (name: string): Promise<string> => {
    await cp(prepared, join(scratch, name), {recursive: true});
    return join(scratch, name);
  };
  const counted = startProgram(program(await copy('counted'), -1, 'before'));
  const calls = JSON.parse(await outputOf(counted)) as readonly string[];
  assert.ok(calls.length > 30, `${calls.length} calls change files`);
  const points = calls.flatMap((name, at) =>
    (['before', 'half'] as const).filter((moment) => moment === 'before' || isWrite(name)).map((moment) => ({name, at, moment})),
  );
  const queue = new PQueue({concurrency: 2});
  await queue.addAll(
    points.map(({name, at, moment}) => async () => {
      const root = await copy(`${at}-${moment}`);
      const [, signal] = (await once(startProgram(program(root, at, moment)), 'close')) as [number, string];
      assert.equal(signal, 'SIGKILL', `call ${at} (${name}) of ${calls.length} was not reached`);
      await inspect(root);
      await computeStage(root);
      assert.equal((await (await openLocalStore(root)).lookup(stage)).status, 'hit');
      await rm(root, {recursive: true});
    }),
  );
});
