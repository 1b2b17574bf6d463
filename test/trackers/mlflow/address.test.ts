import assert from 'node:assert/strict';
import {test} from 'node:test';
import {artifactAddress, serverAddress} from '#tfpipe/trackers/mlflow/address.js';

test('artifacts go through the server that their address names', () => {
  const at = (uri: string, path = 'figures/größe 1.png'): string | undefined =>
    artifactAddress('https://ml.example/base', uri, path);
  const file = 'figures/gr%C3%B6%C3%9Fe%201.png';
  assert.equal(
    at('mlflow-artifacts:/1/r/artifacts'),
    `https://ml.example/base/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/${file}`,
  );
  assert.equal(at('mlflow-artifacts://other:81/1/r'), `https://other:81/api/2.0/mlflow-artifacts/artifacts/1/r/${file}`);
  const given = 'http://other/api/2.0/mlflow-artifacts/artifacts/1/r/';
  assert.equal(at(given), `${given}${file}`);
  for (const elsewhere of ['s3://bucket/1', '/srv/mlruns/1', 'file:///srv/1', 'http://other/1'])
    assert.equal(at(elsewhere), undefined);
});

test('the variables of MLflow’s own client sign in, before what stands in the address', () => {
  const basic = (text: string) => ({authorization: `Basic ${Buffer.from(text).toString('base64')}`});
  assert.deepEqual(serverAddress('http://h:5000//', {}), {url: 'http://h:5000', headers: {}});
  assert.deepEqual(serverAddress('http://h/p/', {MLFLOW_TRACKING_TOKEN: 't'}), {
    url: 'http://h/p',
    headers: {authorization: 'Bearer t'},
  });
  assert.deepEqual(
    serverAddress('http://a:b@h', {MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p'}).headers,
    basic('u:p'),
  );
  assert.deepEqual(serverAddress('http://a:b@h', {}), {url: 'http://h', headers: basic('a:b')});
});
