/** Passwords and tokens sign in, over TLS with a private authority too, and stand nowhere else. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';
import {serverAddress, tlsOptions} from '#tfpipe/trackers/mlflow/address.js';
import {MlflowClient} from '#tfpipe/trackers/mlflow/client.js';
import {sandbox} from '../../cli/pipeline.js';

const secrets = {user: 'ada-lovelace', password: 'open-sesame', token: 'token-of-trust'};
const box = sandbox({
  MLFLOW_TRACKING_URI: `http://${secrets.user}:${secrets.password}@127.0.0.1:9`,
  MLFLOW_TRACKING_TOKEN: secrets.token,
});

test('no output, log, journal or report of a run has credentials', () => {
  box.write('data.yaml', 'name: data\nstages:\n  digits: {use: load/mnist, with: {limit: 10}}\n');
  const said = [
    box.pipeline('run', 'data.yaml'),
    box.pipeline('run', 'data.yaml', '--json'),
    box.pipeline('sync', 'latest'),
    box.pipeline('resolve', 'data.yaml'),
    box.pipeline('doctor', '--json'),
  ].map(({stdout, stderr}) => stdout + stderr);
  const runs = join(box.folder, 'runs');
  const files = readdirSync(runs, {recursive: true, encoding: 'utf8'}).map((name) => join(runs, name));
  const kept = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, 'latin1'));
  assert.ok(kept.length >= 6 && said.join('').includes('127.0.0.1:9'));
  for (const secret of Object.values(secrets))
    for (const text of [...said, ...kept]) assert.ok(!text.includes(secret), `${secret} stands in ${text.slice(0, 200)}`);
});

test('the file of credentials comes last', () => {
  const file = '[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = sesame = open\n';
  const basic = (text: string) => ({authorization: `Basic ${Buffer.from(text).toString('base64')}`});
  assert.deepEqual(serverAddress('http://h', {}, file).headers, basic('ada:sesame = open'));
  assert.deepEqual(serverAddress('http://a:b@h', {}, file).headers, basic('a:b'));
  assert.deepEqual(
    serverAddress('http://h', {MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p'}, file).headers,
    basic('u:p'),
  );
});

test('a private authority is trusted when it is named, and only then', async (context) => {
  const [key, certificate] = [join(box.folder, 'key.pem'), join(box.folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      ...subject,
    ],
    {stdio: 'ignore'},
  );
  const server = createServer({key: readFileSync(key), cert: readFileSync(certificate)}, (_request, answer) =>
    answer.end(JSON.stringify({experiment: {experiment_id: '7', lifecycle_stage: 'active'}})),
  );
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  context.after(() => server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const ask = async (): Promise<string> => {
    const client = await MlflowClient.connect(url);
    try {
      return await client.experiment('any');
    } finally {
      await client.close();
    }
  };
  await assert.rejects(ask, /no answer from https:\/\/localhost:\d+ \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
  for (const [variable, value] of [
    ['MLFLOW_TRACKING_SERVER_CERT_PATH', certificate],
    ['MLFLOW_TRACKING_INSECURE_TLS', 'true'],
  ] as const) {
    process.env[variable] = value;
    try {
      assert.equal(await ask(), '7');
    } finally {
      delete process.env[variable];
    }
  }
  assert.throws(() => tlsOptions({MLFLOW_TRACKING_SERVER_CERT_PATH: '/nowhere.pem'}), {
    message: 'Expected MLFLOW_TRACKING_SERVER_CERT_PATH to name a PEM file, got `/nowhere.pem`',
  });
});
