import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, open, readFile, rm, writeFile} from 'node:fs/promises';
import {delimiter, join, resolve} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {onInterrupt} from '../../util/on-interrupt.js';

interface LocalServer {
  /** On loopback. */
  readonly url: string;
  /** Resolves when the server has ended, by itself or on Ctrl-C; absent when it was there before. */
  readonly ended?: Promise<void>;
}

export type Started =
  | ({readonly status: 'started' | 'there'} & LocalServer)
  /** Neither `mlflow` nor `uvx` is on the PATH. */
  | {readonly status: 'missing'}
  /** Something that is not MLflow has the port. */
  | {readonly status: 'taken'}
  /** Ctrl-C before it had started. */
  | {readonly status: 'interrupted'}
  | {readonly status: 'failed'; readonly log: string};

interface ServerOptions {
  /** Where the server keeps runs, artifacts and its log. */
  readonly folder: string;
  readonly port: number;
  /** True when the server keeps running after this process ends. */
  readonly stays: boolean;
}

/** Time that MLflow may take to start; `uvx` fetches it first. */
const patienceMilliseconds = {mlflow: 120_000, uvx: 600_000} as const;
const lookMilliseconds = 200;

/** Starts MLflow's server on loopback, with its store in a folder, unless one answers there already. */
export async function startServer({folder, port, stays}: ServerOptions): Promise<Started> {
  const url = `http://127.0.0.1:${port}`;
  const answer = await health(url);
  if (answer === 'well') return {status: 'there', url};
  if (answer === 'other') return {status: 'taken'};
  const tool = (['mlflow', 'uvx'] as const).find(onPath);
  if (!tool) return {status: 'missing'};
  await mkdir(folder, {recursive: true});
  const logPath = join(folder, 'server.log');
  const log = await open(logPath, 'w');
  const {MLFLOW_TRACKING_URI: _other, ...inherited} = process.env;
  // its job runners, seven processes, serve chats and traces only
  const environment = {MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', ...inherited};
  const store = [
    ['--backend-store-uri', `sqlite:///${resolve(folder, 'mlflow.db')}`],
    ['--artifacts-destination', resolve(folder, 'artifacts')],
  ];
  const args = [...(tool === 'uvx' ? ['mlflow'] : []), 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  // a group of its own: the server is several processes, which end together
  const child = spawn(tool, [...args, ...store.flat()], {detached: true, stdio: ['ignore', log.fd, log.fd], env: environment});
  const ended = new Promise<void>((done) => {
    child.once('close', () => done());
    child.once('error', () => done());
  });
  await log.close();
  if (child.pid !== undefined) await writeFile(join(folder, 'server.pid'), `${child.pid}\n`);
  let asked = false;
  const stop = (): void => {
    asked = true;
    killGroup(child);
  };
  const leave = onInterrupt(stop);
  const well = await isWell(url, ended, patienceMilliseconds[tool]);
  if (stays || !well) leave();
  if (!well) {
    killGroup(child);
    if (asked) return {status: 'interrupted'};
    return {status: 'failed', log: (await readFile(logPath, 'utf8')).trim().split('\n').slice(-5).join('\n')};
  }
  if (stays) child.unref();
  return {status: 'started', url, ended};
}

/** Ends the server that was started with this folder; false when there is none. */
export async function stopServer(folder: string): Promise<boolean> {
  const path = join(folder, 'server.pid');
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  await rm(path, {force: true});
  // the number may have gone to another process since
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'mlflow');
  if (!command.includes('mlflow')) return false;
  try {
    process.kill(-pid, 'SIGTERM');
    return true;
  } catch {
    return false;
  }
}

async function isWell(url: string, ended: Promise<void>, patience: number): Promise<boolean> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (const began = Date.now(); !over && Date.now() - began < patience; await wait(lookMilliseconds))
    if ((await health(url)) === 'well') return true;
  return false;
}

/** MLflow's own page of its health says `OK`. */
async function health(url: string): Promise<'well' | 'other' | 'nobody'> {
  try {
    const answer = await fetch(`${url}/health`, {signal: AbortSignal.timeout(5000)});
    return answer.ok && (await answer.text()).trim() === 'OK' ? 'well' : 'other';
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? 'other' : 'nobody';
  }
}

const onPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, tool)));

function killGroup({pid, exitCode, signalCode}: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // it has just ended by itself
  }
}
