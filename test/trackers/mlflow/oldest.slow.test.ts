/** A run on the first MLflow 2 that there is. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {test} from 'node:test';
import {pythonWith} from '#scripts/python-venv.js';
import {sandbox, smallRecipe} from '../../cli/pipeline.js';
import {journalPoints} from '../../history/journal-points.js';
import {readBack} from './read-back.js';
import {startMlflow} from './server.js';

test('MLflow 2.0.1 takes a whole run, its models and a registered one', {timeout: 900_000}, async (context) => {
  const python = pythonWith('test/reference/mlflow-oldest-requirements.txt', 'mlflow-oldest');
  const server = await startMlflow(python);
  const box = sandbox({MLFLOW_TRACKING_URI: server.url});
  context.after(async () => await server.stop());
  box.write('small.yaml', smallRecipe({register: '{encoder: digits-encoder}'}));
  const {status, stdout, stderr} = box.pipeline('run', 'small.yaml');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stdout, /not everything was sent/);
  const found = (await readBack(server.url, ['small'], python))['small'];
  assert.equal(found?.status, 'FINISHED');
  assert.deepEqual(found.metrics, await journalPoints(join(box.folder, 'runs', 'latest')));
  assert.ok(found.artifacts['models/aae-encoder/model.onnx']);
  const filter = encodeURIComponent("name='digits-encoder'");
  const answer = await fetch(`${server.url}/api/2.0/mlflow/model-versions/search?filter=${filter}`);
  const {model_versions: versions} = (await answer.json()) as {model_versions: {version: string; source: string}[]};
  assert.deepEqual(
    versions.map(({version, source}) => [version, source.split('/').slice(-2).join('/')]),
    [['1', 'models/aae-encoder']],
  );
});
