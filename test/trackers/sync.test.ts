import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {journal} from '#tfpipe/history/journal.js';
import {mlflow} from '#tfpipe/trackers/mlflow/index.js';
import {syncRun} from '#tfpipe/trackers/sync.js';
import {processName} from '#tfpipe/util/process-name.js';
import {sandbox} from '../cli/pipeline.js';
import {faultProxy} from './mlflow/fault-proxy.js';
import {syntheticRun} from './mlflow/synthetic-run.js';

const run = await syntheticRun('sync', 10);
const {store} = run;
const notice = (): void => {};
const box = sandbox();
after(() => run.remove());
const started = run.events[0];
assert(started?.type === 'run-started');

/** A run's folder with the journal of these events. */
function journalled(name: string, events: readonly (typeof run.events)[number][]): string {
  const folder = join(box.folder, 'runs', name);
  mkdirSync(folder, {recursive: true});
  const log = journal(join(folder, 'events.ndjson'));
  for (const event of events) log.hear(event);
  void log.close();
  return folder;
}

test('a run that still goes on is left to the process that runs it', async () => {
  const folder = journalled('live', [{...started, process: await processName()}]);
  assert.deepEqual(await syncRun(mlflow, 'http://127.0.0.1:9', {folder, store, notice}), {status: 'running'});
});

test('a run that was killed ends with its last event, as killed', async () => {
  const folder = journalled('killed', run.events.slice(0, 8));
  const ends: unknown[] = [];
  const answers: Record<string, object> = {
    'experiments/get-by-name': {experiment: {experiment_id: '1', lifecycle_stage: 'active'}},
    'runs/create': {run: {info: {run_id: 'r', experiment_id: '1', artifact_uri: 'mlflow-artifacts:/1/r/artifacts'}}},
  };
  const proxy = await faultProxy(undefined, (call, _count, body) => {
    if (call.endsWith('runs/update')) ends.push(JSON.parse(body));
    return {status: 200, body: JSON.stringify(Object.entries(answers).find(([path]) => call.endsWith(path))?.[1] ?? {})};
  });
  const sync = await syncRun(mlflow, proxy.url, {folder, store, notice});
  await proxy.close();
  assert.equal(sync.status, 'sent');
  assert.deepEqual(ends, [{run_id: 'r', status: 'KILLED', end_time: run.events[7]?.time}]);
});

test('`pipeline sync` says for each run what became of it, and what it needs', () => {
  journalled('broken', run.events.slice(1, 3));
  const absent = box.pipeline('sync', 'broken', '--mlflow', 'http://127.0.0.1:9');
  assert.deepEqual(
    [absent.status, absent.stdout],
    [1, '✗ broken  Expected its journal to be readable, got: it does not begin with a run\n'],
  );
  const none = box.pipeline('sync', 'nosuch', '--mlflow', 'http://127.0.0.1:9');
  assert.deepEqual([none.status, none.stderr], [2, 'error Expected a run in `runs` or the folder of one, got `nosuch`\n']);
  const unset = box.pipeline('sync');
  assert.equal(unset.status, 2);
  assert.match(unset.stderr, /^error Expected the address of an MLflow server: no MLflow server is set/);
});
