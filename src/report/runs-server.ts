import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {lstat, stat} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {extname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {isDigest} from '../core/digest.js';
import {BlobFault, type Store} from '../core/store.js';
import {listRuns, type RunMemo} from '../history/run-list.js';
import {runsPage} from './runs-page.js';

interface ServedRuns {
  /** Folder of the runs. */
  readonly folder: string;
  /** The store with their results. */
  readonly store: Store;
}

interface RunsServer {
  /** On loopback. */
  readonly url: string;
  close(): Promise<void>;
}

/** Files of a run's folder that are served; everything else is a result, from the store, by its digest in the journal. */
const ownFiles = new Set(['report.html', 'recipe.yaml', 'plan.json', 'events.ndjson']);

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.gif': 'image/gif',
  '.yaml': 'text/plain; charset=utf-8',
  '.ndjson': 'text/plain; charset=utf-8',
};

/**
 * Serves the runs of a folder to this machine only: the page of all, and each run's report and results. Nothing can be changed through
 * it. A request must name this server as its host, so that a page elsewhere whose name is made to lead here (DNS rebinding) gets nothing.
 * Rejects with the error of `listen`, such as EADDRINUSE. Port 0 is any free one.
 */
export async function serveRuns({folder, store, port}: ServedRuns & {readonly port: number}): Promise<RunsServer> {
  const memo: RunMemo = new Map();
  let hosts: readonly string[] = [];
  const server = createServer((request, response) => {
    answer(request, response, {folder, store, memo, hosts}).catch((error: unknown) => {
      if (!response.headersSent) refuse(response, 500, (error as Error).message);
      response.destroy();
    });
  });
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, '127.0.0.1', listening));
  const taken = (server.address() as AddressInfo).port;
  hosts = [`127.0.0.1:${taken}`, `localhost:${taken}`];
  return {
    url: `http://127.0.0.1:${taken}/`,
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Served extends ServedRuns {
  readonly memo: RunMemo;
  readonly hosts: readonly string[];
}

async function answer(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const {folder, memo, hosts} = served;
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-cache');
  // what a page may do is in the page; nothing may be done by what is not one, or in a frame
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  if (!hosts.includes(request.headers.host?.toLowerCase() ?? ''))
    return refuse(response, 421, `Expected the host to be ${hosts.join(' or ')}`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'Expected GET: runs are only shown here');
  }
  const names = namesOf(request.url ?? '');
  if (!names) return refuse(response, 400, 'Expected a path of names');
  const [first, id, ...rest] = names;
  if (first === '' && id === undefined) return sendText(request, response, await runsPage(folder), '.html');
  if (first === 'runs.json' && id === undefined)
    return sendText(request, response, JSON.stringify(await listRuns(folder, memo)), '.json');
  const path = first === 'runs' && id !== undefined ? await fileOfRun(id, rest, served) : undefined;
  if (path === undefined) return refuse(response, 404, 'Expected a page of a run, found none');
  if (path instanceof BlobFault) return refuse(response, 404, gone);
  await sendFile(request, response, path);
}

/** The names of a path; `undefined` where one is no name of a file. */
function namesOf(url: string): readonly string[] | undefined {
  try {
    const names = (url.split('?')[0] ?? '').split('/').slice(1).map(decodeURIComponent);
    return names.some((name) => name === '.' || name === '..' || /[/\\\0]/.test(name)) ? undefined : names;
  } catch {
    return undefined;
  }
}

/** Where a run's file is: one of its own, or a result in the store, whatever links and journals in its folder say. */
async function fileOfRun(
  id: string,
  names: readonly string[],
  {folder, store, memo}: Served,
): Promise<string | BlobFault | undefined> {
  if (!memo.has(id)) await listRuns(folder, memo);
  const run = memo.get(id)?.summary;
  if (!run) return undefined;
  const [name = '', stage, port, file, more] = names;
  if (ownFiles.has(name) && stage === undefined) {
    const path = join(folder, id, name);
    return (await lstat(path).catch(() => undefined))?.isFile() ? path : undefined;
  }
  if (name !== 'artifacts' || more !== undefined) return undefined;
  const outputs = run.stages.find((each) => each.name === stage)?.outputs ?? {};
  const output = Object.hasOwn(outputs, port ?? '') ? outputs[port ?? ''] : undefined;
  const stored = output?.files.find((each) => each.name === file);
  // what is no digest might be a path
  if (!stored || !isDigest(stored.digest)) return undefined;
  return await store.file(stored.digest).catch((error: unknown) => {
    if (error instanceof BlobFault) return error;
    throw error;
  });
}

const gone = 'Expected the file to be there, but it is not: `pipeline gc` may have removed it';

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {'Content-Type': 'text/plain; charset=utf-8'}).end(`${sentence}\n`);
}

/** Sends it, unless the browser has the same already. */
function sendText(request: IncomingMessage, response: ServerResponse, text: string, type: string): void {
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  if (!fresh(request, response, tag)) return;
  allowPage(response, type);
  response.writeHead(200, {'Content-Type': types[type], 'Content-Length': Buffer.byteLength(text)});
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function sendFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return refuse(response, 404, gone);
  if (!fresh(request, response, `"${found.size}-${found.mtimeMs}"`)) return;
  const extension = extname(new URL(request.url ?? '', 'http://127.0.0.1').pathname);
  allowPage(response, extension);
  const type = types[extension];
  if (type === undefined) response.setHeader('Content-Disposition', 'attachment');
  response.writeHead(200, {'Content-Type': type ?? 'application/octet-stream', 'Content-Length': found.size});
  if (request.method === 'HEAD') return void response.end();
  // a reader that goes away is none of our business
  await pipeline(createReadStream(path, {end: Math.max(0, found.size - 1)}), response).catch(() => undefined);
}

function fresh(request: IncomingMessage, response: ServerResponse, tag: string): boolean {
  response.setHeader('ETag', tag);
  if (request.headers['if-none-match'] !== tag) return true;
  response.writeHead(304).end();
  return false;
}

/** A page brings its own policy, which is stricter than what can be said here; this is for one that has none. */
function allowPage(response: ServerResponse, extension: string): void {
  if (extension !== '.html') return;
  const inline = "style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  response.setHeader(
    'Content-Security-Policy',
    `default-src 'none'; img-src data: blob:; ${inline}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
}
