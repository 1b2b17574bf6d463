/** The networks that a run logs, loaded by MLflow in Python. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {pythonWith} from '#scripts/python-venv.js';
import {sandbox, smallRecipe} from '../cli/pipeline.js';
import {startMlflow} from './server.js';

test('mlflow.pyfunc gives the codes that the run gave, and registers the model', {timeout: 900_000}, async (context) => {
  const python = pythonWith('test/reference/mlflow-model-requirements.txt', 'mlflow-model');
  const server = await startMlflow();
  const box = sandbox({MLFLOW_TRACKING_URI: server.url});
  context.after(async () => {
    await server.stop();
    rmSync(box.folder, {recursive: true, force: true});
  });
  box.write('small.yaml', smallRecipe());
  const {status, stdout, stderr} = box.pipeline('run', 'small.yaml');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stdout, /not everything was sent/);
  const args = ['test/reference/mlflow_model.py', server.url, 'small', join(box.folder, 'runs', 'latest')];
  const {stdout: said} = await promisify(execFile)(python, args);
  const {difference, ...found} = JSON.parse(said.split('\n').findLast((line) => line.startsWith('{')) ?? '{}') as {
    difference: number;
  };
  assert.ok(difference < 1e-5, `${difference}`);
  assert.deepEqual(found, {
    input: [['input', 'float32', [-1, 28, 28, 1]]],
    output: [['output', 'float32', [-1, 4]]],
    example: [1, 28, 28, 1],
    version: 1,
  });
});
