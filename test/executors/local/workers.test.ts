import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sandbox, smallRecipe} from '../../cli/pipeline.js';
import {childrenOf, isAlive, type Started, start, until} from '../../faults/faulty.js';

const box = sandbox();
box.write('long.yaml', smallRecipe().replace('epochs: 2', 'epochs: 5000'));

/** A run in the middle of training, and its workers. */
async function training(): Promise<Started & {readonly workers: readonly number[]}> {
  const run = start(box, ['run', 'long.yaml', '--json']);
  await until('the first figures', () => run.output().includes('"type":"stage-metrics"'));
  return {...run, workers: childrenOf(run.process.pid)};
}

test('a worker that is killed is one stage’s failure, told as what it was', {timeout: 60_000}, async () => {
  const {workers, output, ended} = await training();
  assert.ok(workers.length > 0);
  for (const worker of workers) process.kill(worker, 'SIGKILL');
  assert.equal(await ended, 1);
  assert.match(
    output(),
    /"type":"stage-failed".*"stage":"aae".*the worker process to give a result, but it was ended by SIGKILL/,
  );
  assert.match(output(), /"type":"stage-skipped".*"stage":"codes".*"because":"aae"/);
});

test('when the coordinator is killed its workers end, and a later run is as any other', {timeout: 60_000}, async () => {
  const {process: run, workers, ended} = await training();
  run.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL');
  await until('the end of its workers', () => !workers.some(isAlive));
  const events = box.events('long.yaml', '--set', 'epochs=2');
  assert.equal(events.at(-1)?.['outcome'], 'done');
});
