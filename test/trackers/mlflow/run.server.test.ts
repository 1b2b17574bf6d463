/**
 * Runs with everything that is awkward, sent to PyPI's own server, through faults and without, then read back by its Python client
 * and compared field by field.
 */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import {mlflow} from '#tfpipe/trackers/mlflow/index.js';
import {syncRun} from '#tfpipe/trackers/sync.js';
import {everyFifth, faultProxy} from './fault-proxy.js';
import {type ReadBack, readBack} from './read-back.js';
import {type MlflowServer, startMlflow} from './server.js';
import {type SyntheticRun, syntheticRun, writeJournal} from './synthetic-run.js';

const runs = {
  whole: await syntheticRun('whole', 1500),
  faulty: await syntheticRun('faulty', 400),
  absent: await syntheticRun('absent', 800),
  bin: await syntheticRun('bin', 1),
  gone: await syntheticRun('gone', 1),
};
let server: MlflowServer;
let found: Readonly<Record<string, ReadBack>>;
before(async () => {
  server = await startMlflow();
});
after(async () => {
  await server?.stop();
  for (const run of Object.values(runs)) run.remove();
});

async function send(run: SyntheticRun, uri: string) {
  const notices: string[] = [];
  const follower = await mlflow.follow(uri, {folder: run.folder, store: run.store, notice: (text) => void notices.push(text)});
  for (const event of run.events) follower.hear(event);
  // the first calls wake the server: a busy machine may take longer than the end of a run waits
  return {delivery: await follower.close({milliseconds: 120_000, renewed: true}), notices};
}

test('a whole run is sent in few calls', async (context) => {
  const proxy = await faultProxy(server.url, () => 'none');
  context.after(() => proxy.close());
  const {delivery, notices} = await send(runs.whole, proxy.url);
  assert.deepEqual(notices, []);
  assert.equal(delivery?.delivered, true, delivery?.detail);
  assert.match(delivery?.url ?? '', /\/#\/experiments\/\d+\/runs\/[0-9a-f]{32}\?workflowType=machine_learning$/);
  const batches = proxy.calls.filter((call) => call.endsWith('/log-batch')).length;
  assert.ok(batches <= 6, `3,002 points and 265 params took ${batches} calls`);
});

test('lost answers and errors in passing are got over', async (context) => {
  const proxy = await faultProxy(server.url, (call, count) => {
    if (/experiments\/create|runs\/create|runs\/update/.test(call)) return count === 1 ? 'lost-answer' : 'none';
    if (call.endsWith('/log-batch')) return count % 3 === 1 ? 'lost-answer' : 'none';
    if (call.endsWith('.png')) return count === 1 ? {status: 503, body: 'try later'} : 'none';
    return 'none';
  });
  context.after(() => proxy.close());
  const {delivery} = await send(runs.faulty, proxy.url);
  assert.equal(delivery?.delivered, true, delivery?.detail);
});

test('a run without a server is sent by `sync`, through faults; again, nothing more is', async (context) => {
  const run = runs.absent;
  writeJournal(run);
  const proxy = await faultProxy(server.url, () => everyFifth(proxy.calls.length));
  context.after(() => proxy.close());
  const notice = (): void => {};
  assert.equal((await syncRun(mlflow, 'http://127.0.0.1:9', {folder: run.folder, store: run.store, notice})).status, 'not sent');
  assert.equal((await syncRun(mlflow, proxy.url, {folder: run.folder, store: run.store, notice})).status, 'sent');
  const calls = proxy.calls.length;
  const again = await syncRun(mlflow, server.url, {folder: run.folder, store: run.store, notice});
  assert.equal(again.status === 'sent' && again.detail, 'the server has everything');
  assert.ok(calls > 8, 'faults were met');
});

test('an experiment in the bin is brought back', async () => {
  assert.equal((await send(runs.bin, server.url)).delivery?.delivered, true);
  const address = `${server.url}/api/2.0/mlflow/experiments`;
  const {experiment} = (await (await fetch(`${address}/get-by-name?experiment_name=bin`)).json()) as {
    experiment: {experiment_id: string};
  };
  const answer = await fetch(`${address}/delete`, {
    method: 'POST',
    body: JSON.stringify({experiment_id: experiment.experiment_id}),
    headers: {'content-type': 'application/json'},
  });
  assert.equal(answer.status, 200);
  assert.equal((await send(runs.bin, server.url)).delivery?.delivered, true);
});

test('a result that is gone is reported', async () => {
  const {events} = runs.gone;
  const whole = events.find((event) => event.type === 'stage-finished' && event.stage === 'map');
  assert(whole?.type === 'stage-finished');
  const file = whole.outputs['figure']?.files[0];
  assert(file);
  const lost = {
    ...whole,
    outputs: {figure: {kind: 'figure', digest: file.digest, files: [{...file, digest: digestBytes('nowhere')}]}},
  };
  const {delivery} = await send({...runs.gone, events: events.map((event) => (event === whole ? lost : event))}, server.url);
  assert.equal(
    delivery?.detail,
    `not everything was sent: figures/map.png could not be read (Expected blob ${digestBytes('nowhere').slice(0, 12)} to be whole in the store, got no file); the run's journal has it all`,
  );
});

test('MLflow’s Python client reads every run', {timeout: 300_000}, async () => {
  found = await readBack(server.url, Object.keys(runs));
  assert.deepEqual(Object.fromEntries(Object.entries(found).map(([name, {runs, status}]) => [name, `${runs} ${status}`])), {
    whole: '1 FAILED',
    faulty: '1 FAILED',
    absent: '1 FAILED',
    bin: '2 FAILED',
    gone: '1 FAILED',
  });
});

for (const name of ['whole', 'faulty', 'absent'] as const) {
  test(`${name}: its params, tags, whole histories and files are what was sent`, () => {
    const run = found[name];
    assert(run);
    assert.equal(run.name, runTitle);
    assert.deepEqual([run.start, run.end], [1_700_000_000_000, 1_700_000_020_004]);
    assert.deepEqual(run.metrics, runs[name].metrics);
    assert.deepEqual(run.digests, runs[name].files);
    assertParams(run.params);
    assertTags(run.tags, name, Object.values(runs[name].metrics).flat().length);
  });
}

test('what stands beside a file that is gone has arrived', () => {
  const {'figures/map.png': _lost, 'figures/map-legend.png': _beside, ...rest} = runs.gone.files;
  assert.deepEqual(found['gone']?.digests, rest);
});

const runTitle = 'latent=10 note=“größe” 🙂 \uFFFD odd key!=true 20231114-221320';

function assertParams({'aae.text': text, ...params}: ReadBack['params']): void {
  assert.match(text ?? '', /^(🙂)+… \(10000 characters\)$/u);
  assert.deepEqual(params, {
    latent: '10',
    note: '“größe” 🙂 \uFFFD',
    'odd key_': 'true',
    [`odd key_-${digestBytes('odd key?').slice(0, 8)}`]: 'false',
    _: 'up',
    'a/_/b/_': '1',
    [`${'x'.repeat(233)}-${digestBytes('x'.repeat(300)).slice(0, 16)}`]: 'long',
    seed: '42',
    'codes.use': 'featurize/encode',
    'aae.use': 'train/adversarial-autoencoder',
    'aae.encoder.0.dense': '392',
    'aae.encoder.1': 'relu',
    'aae.rate': '0.001',
    'map.use': 'visualise/tsne',
    ...Object.fromEntries(Array.from({length: 250}, (_, index) => [`map.p${index}`, String(index)])),
  });
}

function assertTags(
  {'tfpipe.run': identity, 'mlflow.note.content': note, ...tags}: ReadBack['tags'],
  name: string,
  points: number,
): void {
  assert.match(note ?? '', /^\| \*\*map\*\* \| `visualise\/tsne` \| aae → \| 1\.0 s \| {2}\|$/m);
  assert.match(identity ?? '', /^[0-9a-f]{32}$/);
  assert.deepEqual(tags, {
    'mlflow.loggedImages': 'True',
    'mlflow.runName': runTitle,
    'mlflow.source.git.dirty': 'true',
    'tfpipe.folder': `20231114-221320-${name}`,
    'mlflow.source.name': `pipelines/${name}.yaml`,
    'mlflow.source.type': 'LOCAL',
    'mlflow.source.git.commit': 'c0ffee',
    'mlflow.user': 'ada',
    'tfpipe.recipe': name,
    'tfpipe.seed': '42',
    'tfpipe.node': 'v20.0.0',
    'tfpipe.backend': 'tensorflow 2.21.0 (cpu)',
    'tfpipe.sent': String(points),
    'tfpipe.delivered': 'whole',
    'tfpipe.stage.codes': 'cached',
    'tfpipe.stage.aae': '12.35 s',
    'tfpipe.stage.map': '1.00 s',
    'tfpipe.stage.broken': 'failed: Expected a lot, got `nothing` …',
    'tfpipe.stage.late': 'skipped: broken failed',
  });
}
