/** A run whose server is killed twice, with a fifth of the calls failing or hanging: in the end its history is the journal's, exactly. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {mlflow} from '#tfpipe/trackers/mlflow/index.js';
import {syncRun} from '#tfpipe/trackers/sync.js';
import {everyFifth, faultProxy} from './fault-proxy.js';
import {readBack} from './read-back.js';
import {startMlflow} from './server.js';
import {syntheticRun, writeJournal} from './synthetic-run.js';

test('a run through faults, its server killed twice, then synced', {timeout: 900_000}, async (context) => {
  const server = await startMlflow();
  const run = await syntheticRun('restarted', 3000);
  const batches = [signal(), signal(), signal()];
  let hung = 0;
  const proxy = await faultProxy(server.url, (call, count) => {
    if (call.endsWith('/log-batch')) batches[Math.min(count - 1, 2)]?.give();
    if (proxy.calls.length === 10 && hung++ === 0) return 'hang';
    return everyFifth(proxy.calls.length);
  });
  context.after(async () => {
    await proxy.close();
    await server.stop();
    run.remove();
  });
  const [away, back] = [signal(), signal()];
  const notices: string[] = [];
  const notice = (text: string): void => {
    notices.push(text);
    (/no answer/.test(text) ? away : back).give();
  };
  writeJournal(run);
  const follower = await mlflow.follow(proxy.url, {folder: run.folder, store: run.store, notice});
  const {events} = run;
  const tell = (from: number, to: number) => {
    for (const event of events.slice(from, to)) follower.hear(event);
  };
  tell(0, 100);
  await batches[0]?.given;
  await server.kill();
  tell(100, 1500);
  await away.given;
  await server.restart();
  await back.given;
  await batches[2]?.given;
  await server.kill();
  tell(1500, events.length);
  const delivery = await follower.close({milliseconds: 100, renewed: false});
  assert.equal(delivery?.delivered, false);
  assert.match(notices[0] ?? '', /^MLflow: no answer from .*; trying again while the run goes on, its journal has everything$/);
  await server.restart();

  const synced = await syncRun(mlflow, proxy.url, {folder: run.folder, store: run.store, notice: () => {}});
  assert.equal(synced.status, 'sent', JSON.stringify(synced));
  const found = (await readBack(server.url, ['restarted']))['restarted'];
  assert.deepEqual([found?.runs, found?.status, found?.end], [1, 'FAILED', 1_700_000_020_004]);
  assert.deepEqual(found?.metrics, run.metrics);
  assert.deepEqual(found?.digests, run.files);
});

/** A promise that is kept from outside. */
function signal(): {readonly given: Promise<void>; readonly give: () => void} {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return {given, give};
}
