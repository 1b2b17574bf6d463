/** What a run hears of a server that is absent, closed to it, or something else; over real HTTP, without MLflow. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {mlflow} from '#tfpipe/trackers/mlflow/index.js';
import {type Fault, faultProxy} from './fault-proxy.js';
import {syntheticRun} from './synthetic-run.js';

async function follow(uri: string) {
  const run = await syntheticRun('fake', 20);
  const notices: string[] = [];
  const follower = await mlflow.follow(uri, {folder: run.folder, store: run.store, notice: (text) => void notices.push(text)});
  const began = performance.now();
  for (const event of run.events) follower.hear(event);
  const blocked = performance.now() - began;
  const delivery = await follower.close();
  run.remove();
  return {notices, delivery, blocked, took: performance.now() - began};
}

/** A server that takes everything but what `decide` says. */
async function against(decide: (call: string, body: string) => Fault | undefined) {
  const answers: Record<string, object> = {
    'experiments/get-by-name': {experiment: {experiment_id: '1', lifecycle_stage: 'active'}},
    'runs/create': {run: {info: {run_id: 'r', experiment_id: '1', artifact_uri: 'mlflow-artifacts:/1/r/artifacts'}}},
  };
  const proxy = await faultProxy(undefined, (call, _count, body) => {
    const known = Object.entries(answers).find(([path]) => call.endsWith(path))?.[1] ?? {};
    return decide(call, body) ?? {status: 200, body: JSON.stringify(known)};
  });
  const result = await follow(proxy.url);
  await proxy.close();
  return {...result, url: proxy.url, calls: proxy.calls};
}

test('no server: one line at the start, one at the end, no waiting', async () => {
  const {notices, delivery, took} = await follow('http://127.0.0.1:9');
  assert.deepEqual(notices, [
    'MLflow: no answer from http://127.0.0.1:9 (ECONNREFUSED); trying again while the run goes on, its journal has everything',
  ]);
  assert.equal(delivery?.delivered, false);
  assert.match(
    delivery?.detail ?? '',
    /^not everything was sent: no answer from http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\) \(42 metric points, 265 params, 8 files left\); the run's journal has it all$/,
  );
  assert.ok(took < 5000, `${took} ms`);
});

test('a server that wants another password is asked once', async () => {
  const {notices, delivery, calls, url} = await against(() => ({status: 401, body: 'You are not authenticated.'}));
  assert.equal(calls.length, 1);
  assert.deepEqual(notices, [`MLflow: ${url} answered 401: Unauthorized; the run goes on, its journal has everything`]);
  assert.match(delivery?.detail ?? '', /answered 401: Unauthorized/);
});

test('something that is no MLflow server is told as that', async () => {
  const {notices, url} = await against(() => ({status: 200, body: '<html>'}));
  assert.deepEqual(notices, [
    `MLflow: Expected ${url} to be an MLflow server, got an answer that is not JSON; the run goes on, its journal has everything`,
  ]);
});

test('a value that the server refuses is left out alone', async () => {
  const refusal = {status: 400, body: JSON.stringify({error_code: 'INVALID_PARAMETER_VALUE', message: 'no rates today'})};
  const taken: string[] = [];
  const {delivery, notices} = await against((call, body) => {
    if (!call.endsWith('/log-batch')) return undefined;
    if (body.includes('"aae.rate"')) return refusal;
    taken.push(...(JSON.parse(body) as {params: {key: string}[]}).params.map(({key}) => key));
    return undefined;
  });
  assert.deepEqual(notices, []);
  assert.match(
    delivery?.detail ?? '',
    /^not everything was sent: http:\S+ answered 400: no rates today; the run's journal has it all$/,
  );
  assert.equal(new Set(taken).size, taken.length, 'nothing twice');
  assert.ok(taken.includes('aae.text') && taken.includes('map.p249') && !taken.includes('aae.rate'));
});

test('a server that refuses everything is left in peace', async () => {
  const refusal = {status: 400, body: JSON.stringify({error_code: 'INVALID_PARAMETER_VALUE', message: 'the run is deleted'})};
  const {delivery, calls} = await against((call) => (call.endsWith('/log-batch') ? refusal : undefined));
  assert.equal(delivery?.delivered, false);
  assert.ok(calls.length < 100, `${calls.length} calls`);
});

test('a server that keeps artifacts elsewhere is told how to take them', async () => {
  const info = {run_id: 'r', experiment_id: '1', artifact_uri: 's3://bucket/1/r'};
  const {delivery} = await against((call) =>
    call.endsWith('runs/create') ? {status: 200, body: JSON.stringify({run: {info}})} : undefined,
  );
  assert.match(
    delivery?.detail ?? '',
    /^not everything was sent: the server keeps artifacts at s3:\/\/bucket\/1\/r; start it with --serve-artifacts .* \(and 7 more like it\); /,
  );
});

test('credentials in the address sign in, and are never told', async () => {
  let header: unknown;
  const proxy = await faultProxy(undefined, () => {
    header = proxy.headers()['authorization'];
    return {status: 403, body: ''};
  });
  const {notices, delivery} = await follow(proxy.url.replace('//', '//ada:s%C3%A9same@'));
  await proxy.close();
  assert.equal(header, `Basic ${Buffer.from('ada:sésame').toString('base64')}`);
  assert.match(notices.join(), /answered 403/);
  assert.doesNotMatch(notices.join() + JSON.stringify(delivery), /ada|sésame|s%C3/);
});
