/** A stand-in for `mlflow`: how a server is found, started, waited for and ended; the real one is started by the other tests. */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, beforeEach, test} from 'node:test';
import {startServer, stopServer} from '#tfpipe/trackers/mlflow/server.js';
import {freePort} from './server.js';

const scratch = mkdtempSync(join(tmpdir(), 'tfpipe-server-'));
const folder = join(scratch, '.mlflow');
const path = process.env['PATH'];
beforeEach(() => {
  process.env['PATH'] = scratch;
});
after(() => {
  process.env['PATH'] = path;
  rmSync(scratch, {recursive: true, force: true});
});

function install(body: string): void {
  const tool = join(scratch, 'mlflow');
  writeFileSync(tool, `#!${process.execPath}\n${body}\n`);
  chmodSync(tool, 0o755);
}

const answering = `
const args = process.argv.slice(2);
require('node:fs').writeFileSync(${JSON.stringify(join(scratch, 'args.json'))}, JSON.stringify(args));
require('node:http').createServer((request, answer) => answer.end('OK')).listen(Number(args[args.indexOf('--port') + 1]), '127.0.0.1');`;

test('a server is started on loopback with its store in the folder, found again, and ended', {timeout: 120_000}, async () => {
  install(answering);
  const port = await freePort();
  const started = await startServer({folder, port, stays: true});
  assert.equal(started.status, 'started', JSON.stringify(started));
  assert.deepEqual(JSON.parse(readFileSync(join(scratch, 'args.json'), 'utf8')), [
    ...['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', `${folder}/artifacts`],
  ]);
  assert.deepEqual(await startServer({folder, port, stays: true}), {status: 'there', url: `http://127.0.0.1:${port}`});
  assert.equal(await stopServer(folder), true);
  // a server that stays does not keep this process
  const awake = setInterval(() => undefined, 1000);
  await (started.status === 'started' && started.ended);
  clearInterval(awake);
  assert.equal(await stopServer(folder), false);
  assert.ok(!existsSync(join(folder, 'server.pid')));
});

test('`pipeline mlflow` ends with Ctrl-C, and its server with it', {timeout: 120_000}, async () => {
  install(answering);
  const port = await freePort();
  const child = spawn(process.execPath, ['bin/pipeline.js', 'mlflow', '--folder', folder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(said.toString().split('\n')[0], `MLflow is at http://127.0.0.1:${port}, its store in ${folder}`);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/health`));
});

test('a server that ends at once shows the end of its log', {timeout: 120_000}, async () => {
  install("console.error('Expected a database, got none'); process.exit(1);");
  assert.deepEqual(await startServer({folder, port: await freePort(), stays: false}), {
    status: 'failed',
    log: 'Expected a database, got none',
  });
});

test('neither mlflow nor uvx, or a port with something else on it, is said', async (context) => {
  rmSync(join(scratch, 'mlflow'), {force: true});
  assert.deepEqual(await startServer({folder, port: await freePort(), stays: false}), {status: 'missing'});
  const other = createServer((_request, answer) => answer.writeHead(404).end());
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  context.after(() => other.close());
  assert.deepEqual(await startServer({folder, port: (other.address() as AddressInfo).port, stays: false}), {status: 'taken'});
});
