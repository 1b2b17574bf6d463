// Seconds for 100,000 metric points to stand on an MLflow server of this machine, ours and by MLflow's own client with async logging,
// each run on a new server with an empty SQLite store.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {testPython} from '#scripts/test-venv.js';

const [steps, metrics] = [10_000, 10];
const unit = 's';

export async function* mlflow({rounds, withPeers}) {
  for (let round = 0; round < rounds; round++) {
    const ours = await onServer(sendOurs);
    const work = `mlflow ${(steps * metrics).toLocaleString('en')} points`;
    if (!withPeers) yield {work, ours, unit};
    else {
      const theirs = await onServer(sendTheirs);
      yield {work, peer: "MLflow's client, async", ours, theirs, ratio: ours / theirs, unit};
    }
  }
}

async function sendOurs(url, folder) {
  const {mlflow: tracker} = await import('#tfpipe/trackers/mlflow/index.js');
  const {openStore} = await import('#tfpipe/stores/open.js');
  const store = await openStore(join(folder, 'store'));
  const follower = await tracker.follow(url, {folder, store, notice: (line) => console.error(line)});
  const tell = (event) => follower.hear({time: Date.now(), ...event});
  const recipe = {name: 'ours', path: 'ours.yaml', seed: 1, params: {}};
  const began = performance.now();
  tell({type: 'run-started', runId: 'ours', recipe, stages: [], environment: {}});
  for (let step = 0; step < steps; step++) {
    const values = Object.fromEntries(Array.from({length: metrics}, (_, index) => [`metric${index}`, 1 / (step + index + 1)]));
    tell({type: 'stage-metrics', stage: 'train', step, values});
  }
  tell({type: 'run-finished', outcome: 'done', seconds: 1});
  const {delivered, detail} = await follower.close({milliseconds: 600_000, renewed: true});
  if (!delivered) throw new Error(detail);
  return (performance.now() - began) / 1000;
}

async function sendTheirs(url) {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'peers', 'mlflow_peer.py');
  const {stdout} = await promisify(execFile)(testPython(), [script, url, String(steps), String(metrics)]);
  return Number(
    stdout
      .trim()
      .split('\n')
      .find((line) => /^[\d.]+$/.test(line)),
  );
}

/** Runs `work` with a server that is warm, and ends it. */
async function onServer(work) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const store = ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', `${folder}/artifacts`];
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store];
  const env = {...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false'};
  const server = spawn(testPython(), args, {cwd: folder, env, detached: true, stdio: 'ignore'});
  try {
    await answering(`${url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default`, server);
    return await work(url, folder);
  } finally {
    if (server.exitCode === null) {
      const closed = once(server, 'close');
      process.kill(-server.pid, 'SIGKILL');
      await closed;
    }
    await rm(folder, {recursive: true, force: true});
  }
}

async function answering(url, server) {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`Expected MLflow's server to start, got exit code ${server.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
