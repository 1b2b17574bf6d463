import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Store} from '#tfpipe/core/store.js';
import {followRun} from '#tfpipe/trackers/follow.js';

async function noticeFor(uri: string): Promise<string> {
  const notices: string[] = [];
  const followed = await followRun({mlflow: uri}, {folder: '.', store: {} as Store, notice: (text) => void notices.push(text)});
  assert.deepEqual(followed, []);
  assert.equal(notices.length, 1);
  return notices[0] ?? '';
}

test('without a server, one line says so and how to start one', async () => {
  assert.equal(
    await noticeFor(''),
    'no MLflow server is set, the journal keeps the run: `pipeline mlflow` starts one, then set MLFLOW_TRACKING_URI=http://127.0.0.1:5000',
  );
});

test('a place to store runs is no server: the line says how to put one before it', async () => {
  for (const uri of ['mlruns', './mlruns', 'file:///tmp/mlruns', 'sqlite:///mlflow.db'])
    assert.equal(
      await noticeFor(uri),
      `MLflow is reached over http, got \`${uri}\`: start \`mlflow server --backend-store-uri ${uri}\` and set MLFLOW_TRACKING_URI=http://127.0.0.1:5000`,
    );
});

test('passwords are not repeated', async () => {
  assert.match(await noticeFor('postgresql+psycopg://ada:sesame@db/mlflow'), /got `postgresql\+psycopg:\/\/…@db\/mlflow`/);
  assert.doesNotMatch(await noticeFor('postgresql://ada:ses@me@db/mlflow'), /ada|ses|me@/);
});

test('other addresses are not understood', async () => {
  assert.equal(
    await noticeFor('databricks://profile'),
    "Expected MLflow's address to begin with http:// or https://, got `databricks://profile`",
  );
  assert.equal(await noticeFor('http://:80:80'), "Expected MLflow's address to be a URL, got `http://:80:80`");
});
