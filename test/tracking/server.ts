import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {testPython} from '#scripts/test-venv.js';

export interface MlflowServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** PyPI's own MLflow server on a free port of this machine, with a database and artifacts in a folder that `stop` removes. */
export async function startMlflow(): Promise<MlflowServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tfpipe-mlflow-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  const storage = [
    ['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`],
    ['--artifacts-destination', join(folder, 'artifacts')],
  ];
  const child = spawn(testPython(), [...args, ...storage.flat()], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-5000);
  });
  const stop = async (): Promise<void> => {
    const ended = new Promise((done) => child.once('close', done));
    // the server is a group of processes
    if (child.exitCode === null && child.pid) {
      process.kill(-child.pid, 'SIGKILL');
      await ended;
    }
    rmSync(folder, {recursive: true, force: true});
  };
  for (const began = Date.now(); Date.now() - began < 120_000; await wait(200)) {
    const healthy = await fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) return {url, stop};
    if (child.exitCode !== null) break;
  }
  await stop();
  throw new Error(`Expected MLflow's server to start, got\n${log}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
