import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {resolve} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {sandbox, smallRecipe} from '../cli/pipeline.js';

const box = sandbox();
after(() => rmSync(box.folder, {recursive: true, force: true}));
box.write('long.yaml', smallRecipe().replace('epochs: 2', 'epochs: 5000'));

/** Processes whose parent this is, from /proc. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

const isAlive = (pid: number): boolean => {
  try {
    // a zombie has ended; only its parent has not asked yet
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
};

/** A run in the middle of training, and its workers. */
async function training(): Promise<{run: ChildProcess; workers: number[]; output: () => string; code: Promise<number | null>}> {
  const run = spawn(process.execPath, [resolve('bin', 'pipeline.js'), 'run', 'long.yaml', '--json'], {
    cwd: box.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const code = new Promise<number | null>((done) => run.once('close', done));
  await new Promise<void>((done) => {
    for (const stream of [run.stdout, run.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('"type":"stage-metrics"')) done();
      });
  });
  return {run, workers: childrenOf(run.pid ?? 0), output: () => output, code};
}

test('a worker that is killed is one stage’s failure, told as what it was', {timeout: 60_000}, async () => {
  const {workers, output, code} = await training();
  assert.ok(workers.length > 0);
  for (const worker of workers) process.kill(worker, 'SIGKILL');
  assert.equal(await code, 1);
  assert.match(
    output(),
    /"type":"stage-failed".*"stage":"aae".*the worker process to give a result, but it was ended by SIGKILL/,
  );
  assert.match(output(), /"type":"stage-skipped".*"stage":"codes".*"because":"aae"/);
});

test('when the coordinator is killed its workers end, and a later run is as any other', {timeout: 60_000}, async () => {
  const {run, workers, code} = await training();
  run.kill('SIGKILL');
  await code;
  for (let waited = 0; workers.some(isAlive) && waited < 5000; waited += 50) await wait(50);
  assert.deepEqual(workers.filter(isAlive), []);
  const events = box.events('long.yaml', '--set', 'epochs=2');
  assert.equal(events.at(-1)?.['outcome'], 'done');
});
