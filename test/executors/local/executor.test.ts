import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import type {Attempt} from '#tfpipe/core/executor.js';
import type {Plan} from '#tfpipe/core/plan.js';
import {localExecutor} from '#tfpipe/executors/local/executor.js';

const folder = mkdtempSync(join(tmpdir(), 'tfpipe-executor-'));
after(() => rmSync(folder, {recursive: true, force: true}));
const worker = join(folder, 'worker.mjs');
writeFileSync(
  worker,
  `process.on('message', ({type, attempt}) => {
    if (type !== 'run') return;
    process.send({attempt: attempt.id, type: 'log', text: 'began'});
    setTimeout(() => process.send({attempt: attempt.id, type: 'finished', outputs: {}}), 30);
  });
  process.on('disconnect', () => process.exit(0));`,
);

/** The most attempts that were at work together, of four that ask for `wanted`. */
async function together(
  options: {readonly slots: number; readonly gpus?: number},
  wanted: {readonly cpu: number; readonly gpu: number},
) {
  const executor = localExecutor({workerModule: pathToFileURL(worker), ...options});
  const working = new Set<string>();
  let most = 0;
  let left = 4;
  const attempts = ['a', 'b', 'c', 'd'].map((id) => ({id, runId: 'run', stage: id, run: {resources: wanted}}));
  await executor.submit(attempts as unknown as readonly Attempt[]);
  for await (const {type, attempt} of executor.events('run')) {
    if (type === 'log') working.add(attempt);
    else if (working.delete(attempt) && --left === 0) break;
    most = Math.max(most, working.size);
  }
  await executor.close();
  return most;
}

test('attempts that ask for a GPU wait for one', async () => {
  assert.equal(await together({slots: 4, gpus: 1}, {cpu: 1, gpu: 1}), 1);
  assert.equal(await together({slots: 4, gpus: 2}, {cpu: 1, gpu: 2}), 1);
  assert.equal(await together({slots: 4, gpus: 1}, {cpu: 1, gpu: 8}), 1);
});

test('where there is no GPU nobody waits for one, and processors are counted as ever', async () => {
  assert.ok((await together({slots: 4}, {cpu: 1, gpu: 1})) > 1);
  assert.equal(await together({slots: 4}, {cpu: 4, gpu: 1}), 1);
  assert.equal(await together({slots: 1, gpus: 4}, {cpu: 1, gpu: 1}), 1);
});

test('it says what it can do, and refuses plans that need TensorFlow while that is not ready', async () => {
  const tensorflow = {status: 'absent', variant: 'cpu', version: '2', home: folder} as const;
  const executor = localExecutor({slots: 3, tensorflow});
  assert.deepEqual(executor.can, {sharedFiles: true, slots: 3, gpus: 0});
  const planOf = (numerics: object | null) => ({stages: [{fields: {numerics}}]}) as unknown as Plan;
  assert.deepEqual(await executor.check(planOf(null)), []);
  const [finding] = await executor.check(planOf({backend: 'tensorflow', device: 'cpu', version: '2'}));
  assert.equal(finding?.state, 'missing');
  assert.deepEqual(
    await localExecutor({slots: 3, tensorflow: {...tensorflow, status: 'ready'}}).check(planOf({backend: 'tensorflow'})),
    [],
  );
});
