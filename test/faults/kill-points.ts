/** kill -9 at moments of a run that nobody chose, and what must hold afterwards. */
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import PQueue from 'p-queue';
import {type Sandbox, sandbox} from '../cli/pipeline.js';
import {seeded} from '../util/seeded.js';
import {childrenOf, isAlive, start, until} from './faulty.js';

const steps = 8;
const jobs = 2;

/** A chain of hashes with a checkpoint after every step; `STEPS` has a letter for every step that was begun. */
const plugin = `import {createHash} from 'node:crypto';
import {appendFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {defineNode, Interrupted, Type} from 'tfpipe';
export const node = defineNode({
  type: 'test/chain', summary: 'Hashes.', example: 's: {use: ./chain.ts}', usesTensors: false, drawsRandom: true,
  params: Type.Object({letter: Type.String()}),
  inputs: {data: {kind: 'table', description: 'Hashes before.', optional: true}},
  prepare: (params) => params,
  outputs: () => ({hashes: {kind: 'table', columns: ['hash']} as const}),
  run: async ({prepared: {letter}, inputs, context: {seed, signal, checkpoints}}) => {
    const saved = await checkpoints.load();
    const hashes = saved ? JSON.parse(Buffer.from(saved).toString()) : [];
    let last = hashes.at(-1) ?? JSON.stringify([seed, inputs.data?.columns.hash]);
    while (hashes.length < ${steps * 50}) {
      if (signal.aborted) throw new Interrupted('stopped');
      appendFileSync('STEPS', letter);
      for (let n = 0; n < 50; n++) hashes.push((last = createHash('sha256').update(last).digest('hex')));
      await wait(10);
      await checkpoints.save(Buffer.from(JSON.stringify(hashes)));
    }
    return {hashes: {kind: 'table', columns: {hash: hashes}}};
  },
});
`;

const recipe = `name: chain
stages:
  a: {use: ./chain.ts, with: {letter: a}}
  b: {use: ./chain.ts, in: a, with: {letter: b}}
  c: {use: ./chain.ts, in: a, with: {letter: c}}
  d: {use: ./chain.ts, in: b, with: {letter: d}}
`;
const stages = ['a', 'b', 'c', 'd'];

function chainSandbox(): Sandbox {
  const box = sandbox();
  box.write('chain.ts', plugin);
  box.write('chain.yaml', recipe);
  return box;
}

interface Finished {
  readonly type: string;
  readonly stage: string;
  readonly outputs: Readonly<Record<string, {readonly digest: string}>>;
}

/** Digests of every stage's result in the newest run; rejects when the run did not end well. */
async function finish(box: Sandbox): Promise<readonly (readonly [string, string | undefined])[]> {
  const {ended, output} = start(box, ['run', 'chain.yaml', '--jobs', `${jobs}`]);
  assert.equal(await ended, 0, output());
  const events = readFileSync(join(box.folder, 'runs/latest/events.ndjson'), 'utf8').trim().split('\n');
  return events
    .map((line) => JSON.parse(line) as Finished)
    .filter(({type}) => type === 'stage-finished' || type === 'stage-cached')
    .map(({stage, outputs}) => [stage, outputs['hashes']?.digest] as const)
    .sort();
}

type Victim = 'coordinator' | 'worker';

/**
 * One run that is killed `after` milliseconds (of its start, or of its first worker's), and one that is not. Resolves to whether
 * there was still something to kill.
 */
async function isKilledOnce(victim: Victim, after: number, reference: Awaited<ReturnType<typeof finish>>): Promise<boolean> {
  const box = chainSandbox();
  const {process: run, ended} = start(box, ['run', 'chain.yaml', '--jobs', `${jobs}`]);
  if (victim === 'worker') await until('a worker', () => childrenOf(run.pid).length > 0);
  await wait(after);
  const workers = childrenOf(run.pid);
  const target = (victim === 'worker' ? workers.at(-1) : run.pid) ?? 0;
  const isKilled = target > 0 && isAlive(target) && process.kill(target, 'SIGKILL');
  await ended;
  await until('the end of every process', () => !workers.some(isAlive));

  assert.deepEqual(await finish(box), reference);
  const verify = start(box, ['cache', 'verify']);
  assert.equal(await verify.ended, 0, verify.output());
  const store = join(box.folder, '.tfpipe/store');
  for (const folder of ['tmp', 'leases', 'pins', 'checkpoints', 'quarantine'])
    assert.deepEqual(readdirSync(join(store, folder)), [], `${folder} is not empty`);
  // a killed step is done again, one for each worker at most
  const begun = readFileSync(join(box.folder, 'STEPS'), 'utf8').length;
  const lost = begun - stages.length * steps;
  assert.ok(lost >= 0 && lost <= jobs, `${lost} steps were done twice`);
  assert.equal(existsSync(join(box.folder, 'runs/latest/report.html')), true);
  rmSync(box.folder, {recursive: true, force: true});
  return isKilled;
}

/** Kills `count` runs, each at a moment by a seed, spread over the time that a run takes here. */
export async function killPoints(count: number, seed: number): Promise<void> {
  const random = seeded(seed);
  // the first run may have to compile the plugin
  const reference = await finish(chainSandbox());
  assert.equal(reference.length, stages.length);
  // how long a run takes now: a machine's speed drifts, and a run that has ended before it was to be killed proves nothing
  let wholeRun = await secondsOf(() => finish(chainSandbox()));
  const killSomeRun = async (index: number): Promise<void> => {
    const victim = index % 2 === 0 ? 'coordinator' : 'worker';
    for (;;) {
      const after = random() * wholeRun * (victim === 'worker' ? 0.8 : 1);
      try {
        if (await isKilledOnce(victim, after * 1000, reference)) return;
      } catch (error) {
        throw new Error(`${victim} killed after ${after.toFixed(3)} s: ${(error as Error).message}`, {cause: error});
      }
      wholeRun = Math.min(wholeRun, after / 0.8);
    }
  };
  // a run waits for the disk and for its own pauses most of the time
  const queue = new PQueue({concurrency: 4});
  await queue.addAll(Array.from({length: count}, (_, index) => () => killSomeRun(index)));
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
