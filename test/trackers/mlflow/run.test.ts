import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {promisify} from 'node:util';
import {testPython} from '#scripts/test-venv.js';
import {type Sandbox, sandbox, smallRecipe} from '../../cli/pipeline.js';
import {journalPoints} from '../../history/journal-points.js';
import {tidyEnvironment} from '../../util/scratch.js';
import {readBack} from './read-back.js';
import {type MlflowServer, startMlflow} from './server.js';

let server: MlflowServer;
let box: Sandbox;
before(async () => {
  server = await startMlflow();
  box = sandbox({MLFLOW_TRACKING_URI: server.url});
  box.write('small.yaml', smallRecipe({register: '{encoder: digits-encoder}'}));
});
after(async () => await server?.stop());

test('a run reads back with MLflow’s Python client: params, whole histories, tags, artifacts', {timeout: 300_000}, async () => {
  const {status, stdout, stderr} = box.pipeline('run', 'small.yaml');
  assert.equal(status, 0, stderr);
  assert.match(stdout, new RegExp(`mlflow {2}${server.url}/#/experiments/\\d+/runs/[0-9a-f]{32}`));
  const found = (await readBack(server.url, ['small']))['small'];
  assert(found);
  assert.equal(found.status, 'FINISHED');
  assert.match(found.name, /^epochs=2 \d{8}-\d{6}$/);
  assert.deepEqual(
    found.datasets.map(({name, context, schema, rows}) => `${name} ${context} ${schema} ${rows}`),
    ['test', 'train', 'validation'].map(
      (split) => `digits/${split} ${split} images uint8 (-1, 28, 28, 1), labels uint8 (-1,) 400`,
    ),
  );

  const runFolder = join(box.folder, 'runs', 'latest');
  assert.deepEqual(found.metrics, await journalPoints(runFolder));
  assert.equal(found.metrics['aae/reconstructionLoss']?.length, 2);

  const some = {
    epochs: '2',
    seed: '7',
    'aae.use': 'train/adversarial-autoencoder',
    'aae.batchSize': '100',
    'aae.encoder.1.dense': '32',
    'aae.optimizers.generator.adam.rate': '0.0001',
    'scaled.to.1': '1',
  };
  for (const [key, value] of Object.entries(some)) assert.equal(found.params[key], value, key);

  assert.equal(found.tags['tfpipe.recipe'], 'small');
  assert.equal(found.tags['mlflow.source.name'], 'small.yaml');
  assert.match(found.tags['tfpipe.stage.aae'] ?? '', /^\d+\.\d\d s$/);

  const figures = ['curves', 'map', 'reconstructions', 'styles'].map((stage) => `figures/${stage}.png`);
  const models = ['decoder', 'discriminator', 'encoder'].flatMap((port) =>
    ['MLmodel', 'input_example.json', 'model.onnx', 'python_env.yaml', 'requirements.txt'].map(
      (name) => `models/aae-${port}/${name}`,
    ),
  );
  const files = [
    ...models,
    'events.ndjson',
    'recipe.yaml',
    'report.html',
    'tables/aae-history.json',
    'tables/score-scores.json',
    ...figures,
  ];
  assert.deepEqual(Object.keys(found.artifacts).sort(), files.sort());
  for (const name of ['report.html', 'recipe.yaml'])
    assert.equal(found.artifacts[name], statSync(join(runFolder, name)).size, name);
});

test('a run from the cache has the same metrics there, marked as cached', {timeout: 300_000}, async () => {
  const {status, stderr} = box.pipeline('run', 'small.yaml');
  assert.equal(status, 0, stderr);
  const found = (await readBack(server.url, ['small']))['small'];
  assert(found);
  assert.equal(found.tags['tfpipe.stage.aae'], 'cached');
  assert.deepEqual(found.metrics, await journalPoints(join(box.folder, 'runs', 'latest')));
  assert.equal(found.metrics['aae/generatorLoss']?.length, 2);
});

test('mlflow.pyfunc loads the registered encoder, whose codes are the run’s; the same encoder is one version', {
  timeout: 300_000,
}, async () => {
  const args = ['test/reference/mlflow_model.py', server.url, 'digits-encoder', join(box.folder, 'runs', 'latest')];
  const {stdout} = await promisify(execFile)(testPython(), args, {env: tidyEnvironment()});
  const {difference, ...found} = JSON.parse(stdout.split('\n').findLast((line) => line.startsWith('{')) ?? '{}') as {
    difference: number;
  };
  assert.ok(difference < 1e-5, `${difference}`);
  assert.deepEqual(found, {
    input: [['input', 'float32', [-1, 28, 28, 1]]],
    output: [['output', 'float32', [-1, 4]]],
    example: [1, 28, 28, 1],
    versions: [1],
  });
});

test('without the server the run is done all the same, and says once what was not sent', async () => {
  const alone = sandbox({MLFLOW_TRACKING_URI: 'http://127.0.0.1:9'});
  alone.write('data.yaml', 'name: data\nstages:\n  digits: {use: load/mnist, with: {limit: 10}}\n');
  const {status, stdout, stderr} = alone.pipeline('run', 'data.yaml');
  assert.equal(status, 0, stderr);
  assert.equal(stderr.match(/no answer from http:\/\/127\.0\.0\.1:9/g)?.length, 1);
  assert.match(stdout, /mlflow {2}not everything was sent: no answer from .*; the run's journal has it all/);
  assert.match(readFileSync(join(alone.folder, 'runs', 'latest', 'events.ndjson'), 'utf8'), /"run-finished"/);
});
