import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {testPython} from '#scripts/test-venv.js';

export interface MlflowServer {
  readonly url: string;
  /** Ends the server as a crash would; its database and artifacts stay. */
  kill(): Promise<void>;
  /** Starts a killed server again, at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** PyPI's own MLflow server on a free port of this machine, with a database and artifacts in a folder that `stop` removes. */
export async function startMlflow(python = testPython()): Promise<MlflowServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tfpipe-mlflow-'));
  const port = await freePort();
  let child = await launch(python, folder, port).catch((error: unknown) => {
    rmSync(folder, {recursive: true, force: true});
    throw error;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    kill: () => killGroup(child),
    restart: async () => {
      child = await launch(python, folder, port);
    },
    stop: async () => {
      await killGroup(child);
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

async function launch(python: string, folder: string, port: number): Promise<ChildProcess> {
  const args = ['-m', 'mlflow', 'server', '--serve-artifacts', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  const storage = [
    ['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`],
    ['--artifacts-destination', join(folder, 'artifacts')],
  ];
  const child = spawn(python, [...args, ...storage.flat()], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    // its job runners are processes of their own that no test needs
    env: {
      ...process.env,
      TMPDIR: folder,
      PATH: `${dirname(python)}${delimiter}${process.env['PATH']}`,
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    },
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-5000);
  });
  for (const began = Date.now(); Date.now() - began < 120_000; await wait(200)) {
    const healthy = await fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) return child;
    if (child.exitCode !== null) break;
  }
  await killGroup(child);
  throw new Error(`Expected MLflow's server to start, got\n${log}`);
}

/** The server is a group of processes. */
async function killGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
  const ended = new Promise((done) => child.once('close', done));
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
