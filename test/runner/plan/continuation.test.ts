import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {resolve} from 'node:path';
import {test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {sandbox, smallRecipe} from '../../cli/pipeline.js';

const box = sandbox();
// neither 3 nor 7 epochs end where validation is due, which a longer run must not see
box.write('small.yaml', smallRecipe().replace('validateEvery: 1', 'validateEvery: 2'));

type Events = readonly Record<string, unknown>[];
const outputs = (events: Events): unknown =>
  Object.fromEntries(
    events
      .filter(({type}) => type === 'stage-finished')
      .map(({stage, outputs: ports}) => [
        stage,
        Object.entries(ports as Record<string, {digest: string}>).map(([port, {digest}]) => [port, digest]),
      ]),
  );
const logs = (events: Events): string => events.flatMap(({type, text}) => (type === 'stage-log' ? [text] : [])).join('\n');

test('more epochs go on from the finished ones, `plan` says so, and the bits are those of a run from scratch', () => {
  box.events('small.yaml', '--set', 'epochs=3');
  assert.match(box.pipeline('plan', 'small.yaml', '--set', 'epochs=7').stdout, /aae .*epochs 3 → 7; continues from epochs 3/);
  const grown = box.events('small.yaml', '--set', 'epochs=7');
  assert.match(logs(grown), /resuming from the 3 epochs of a finished run at step 12/);
  const scratch = box.events('small.yaml', '--set', 'epochs=7', '--store', 'fresh');
  const found = outputs(grown) as Record<string, unknown>;
  const wanted = outputs(scratch) as Record<string, unknown>;
  assert.deepEqual(Object.keys(found).sort(), ['aae', 'codes', 'curves', 'map', 'reconstructions', 'score', 'styles']);
  for (const [stage, ports] of Object.entries(found)) assert.deepEqual(ports, wanted[stage], stage);
});

test('fewer epochs start anew, and leave the longer run’s end as it is', () => {
  const fewer = box.events('small.yaml', '--set', 'epochs=5');
  assert.equal(logs(fewer), '');
  assert.match(logs(box.events('small.yaml', '--set', 'epochs=9')), /resuming from the 7 epochs/);
});

test('another learning rate is another run: nothing to go on from', () => {
  const other = box.write('other.yaml', smallRecipe().replace('batchSize: 100', 'batchSize: 50'));
  assert.equal(logs(box.events(other, '--set', 'epochs=8')), '');
});

const codes = '{dense: 32}, {dropout: 0.2}, relu';
const pixels = '{dense: 32}, relu, {dense: 784}, {reshape: [28, 28, 1]}, sigmoid';
const judge = 'discriminator: [flatten, {dense: 16}, relu, {dense: 1}, sigmoid]';
/** What each trainer is told: some seconds of work, so that there are checkpoints, of which one is written every 0.2 s. */
const trainers: Readonly<Record<string, string>> = {
  'train/adversarial-autoencoder': `labels: decoder, encoder: [flatten, ${codes}, {dense: 4}], decoder: [${pixels}], ${judge}, validateEvery: 10, epochs: 200`,
  'train/classifier': `layers: [flatten, ${codes}, {dense: 10}], restoreBest: true, epochs: 400`,
  'train/gan': `generator: [{dense: 32}, batchNorm, ${pixels}], ${judge}, noise: {size: 8, distribution: uniform}, snapshots: {count: 4}, epochs: 200`,
  'train/vae': `encoder: [flatten, ${codes}, {dense: 4}], decoder: [${pixels}], validateEvery: 10, epochs: 300`,
};

for (const [use, told] of Object.entries(trainers))
  test(`kill -9 at random moments of ${use}: the next run goes on from the checkpoint and ends with the same bits`, {
    timeout: 240_000,
  }, async () => {
    box.write(
      'killed.yaml',
      `name: killed
seed: 7
stages:
  digits: {use: load/mnist, with: {limit: 2000}}
  scaled: {use: normalise/scale, in: digits}
  trained: {use: ${use}, in: scaled, run: {checkpoint: 0.2}, with: {${told}, batchSize: 100}}
`,
    );
    const unharmed = box.events('killed.yaml', '--store', 'unharmed');
    // three of them end before the training does, on a machine of any speed
    const moments = [0, 1, 2].map(() => Math.round(trainingTime(unharmed) * (0.1 + 0.12 * Math.random())));
    for (const moment of moments) await killedAfter(moment);
    const resumed = box.events('killed.yaml', '--store', 'killed');
    assert.match(logs(resumed), /resuming from the checkpoint at step \d+/, `killed after ${moments.join(', ')} ms of training`);
    const [{trained}, wanted] = [resumed, unharmed].map(outputs) as [{trained: unknown}, {trained: unknown}];
    assert.ok(trained);
    assert.deepEqual(trained, wanted.trained, `killed after ${moments}`);
  });

/** Milliseconds from the first step that was told of to the end of the stage. */
function trainingTime(events: Events): number {
  const [began, ended] = ['stage-progress', 'stage-finished'].map((wanted) =>
    events.find(({type, stage}) => type === wanted && stage === 'trained'),
  );
  return (ended?.['time'] as number) - (began?.['time'] as number);
}

/** A run whose processes, the workers too, are killed some time after training has begun. */
async function killedAfter(milliseconds: number): Promise<void> {
  const run = spawn(process.execPath, [resolve('bin', 'pipeline.js'), 'run', 'killed.yaml', '--json', '--store', 'killed'], {
    cwd: box.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  let heard = '';
  await new Promise<void>((done) => {
    run.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (/"stage-progress","stage":"trained"/.test(heard)) done();
    });
  });
  await wait(milliseconds);
  process.kill(-(run.pid as number), 'SIGKILL');
  await new Promise((done) => run.once('close', done));
}
