import assert from 'node:assert/strict';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {digestBytes} from '#tfpipe/core/digest.js';
import {type DataSource, readDataFile} from '#tfpipe/sources/data-files.js';

const content = Buffer.from('the bytes of a data file');
const file = {name: 'digits-idx', digest: digestBytes(content)};
const variables = ['XDG_CACHE_HOME', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'] as const;

let folder = '';
const servers: Server[] = [];
let environment: (string | undefined)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfpipe-data-'));
  environment = variables.map((name) => process.env[name]);
  for (const name of variables) delete process.env[name];
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
});

afterEach(async () => {
  for (const [index, name] of variables.entries()) {
    if (environment[index] === undefined) delete process.env[name];
    else process.env[name] = environment[index];
  }
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, {recursive: true});
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A mirror that answers every request so, and remembers the paths it was asked for. */
async function mirror(status: number, body: Uint8Array): Promise<{url: string; asked: string[]}> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end(body);
  });
  return {url: await listen(server), asked};
}

const source = (given: Partial<DataSource>): DataSource => ({
  title: 'Digits',
  folders: [],
  mirrors: [],
  advice: 'Do this, or that.',
  ...given,
});

test('a folder may hold the file plain or packed', async () => {
  await writeFile(join(folder, 'digits-idx.gz'), gzipSync(content));
  assert.deepEqual(Buffer.from(await readDataFile(file, source({folders: [join(folder, 'absent'), folder]}))), content);
  await writeFile(join(folder, 'digits-idx'), content);
  await writeFile(join(folder, 'digits-idx.gz'), 'not read when the plain file is there');
  assert.deepEqual(Buffer.from(await readDataFile(file, source({folders: [folder]}))), content);
});

test('another file of the same name is refused, and so is a damaged archive; both are named', async () => {
  await writeFile(join(folder, 'digits-idx'), 'clothes');
  await assert.rejects(readDataFile(file, source({folders: [folder]})), {
    message: `Expected \`digits-idx\` in ${join(folder, 'digits-idx')} to have SHA-256 ${file.digest.slice(0, 12)}…, got ${digestBytes(Buffer.from('clothes')).slice(0, 12)}…: another data set, or damaged`,
  });
  await rm(join(folder, 'digits-idx'));
  await writeFile(join(folder, 'digits-idx.gz'), gzipSync(content).subarray(0, 20));
  await assert.rejects(readDataFile(file, source({folders: [folder]})), {
    message: `Expected ${join(folder, 'digits-idx.gz')} to be a whole gzip file, got 20 bytes that are not (unexpected end of file)`,
  });
});

test('a file that is there and cannot be read is an error, not an absent file', async () => {
  const there = await mirror(200, gzipSync(content));
  await assert.rejects(readDataFile({...file, name: '.'}, source({folders: [folder], mirrors: [there.url]})), {code: 'EISDIR'});
  assert.deepEqual(there.asked, []);
});

test('a mirror is asked once: what it gave stays in the cache, and is fetched anew when it is damaged there', async () => {
  const there = await mirror(200, gzipSync(content));
  const where = source({mirrors: [there.url]});
  for (let round = 0; round < 2; round++) assert.deepEqual(Buffer.from(await readDataFile(file, where)), content);
  assert.deepEqual(there.asked, ['/digits-idx.gz']);
  const kept = join(folder, 'cache', 'tfpipe', 'data');
  assert.deepEqual(await readdir(kept), [file.digest]);
  await writeFile(join(kept, file.digest), 'damaged');
  assert.deepEqual(Buffer.from(await readDataFile(file, where)), content);
  assert.deepEqual(await readFile(join(kept, file.digest)), content);
  assert.equal(there.asked.length, 2);
});

test('the next mirror is asked when one refuses, sends something else, or is cut off', async () => {
  const good = await mirror(200, gzipSync(content));
  const cut = await listen(
    createServer((_, response) => response.writeHead(200, {'content-length': 1000}).write('part', () => response.destroy())),
  );
  const bad = [
    (await mirror(403, Buffer.from('no'))).url,
    (await mirror(200, gzipSync('other'))).url,
    (await mirror(200, content)).url,
    cut,
  ];
  assert.deepEqual(Buffer.from(await readDataFile(file, source({mirrors: [...bad, good.url]}))), content);
});

test('when the file is nowhere, the error says where it was looked for and what helps; nothing is left in the cache', async () => {
  const refusing = await mirror(403, Buffer.from('no'));
  const closed = createServer();
  const gone = await listen(closed);
  closed.close();
  const [first, second] = [refusing.url, gone].map((url) => new URL(url).host);
  await assert.rejects(readDataFile(file, source({folders: ['/absent/a', '/absent/b'], mirrors: [refusing.url, gone]})), {
    message:
      "Expected Digits's file `digits-idx` (plain or .gz) to be found, got nothing in /absent/a or /absent/b " +
      `(${first}: HTTP 403; ${second}: ECONNREFUSED). Do this, or that.`,
  });
  assert.deepEqual(await readdir(folder), []);
});

test('a proxy of the environment is used', async () => {
  const there = await mirror(200, gzipSync(content));
  const tunnelled: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, client) => {
    tunnelled.push(request.url ?? '');
    const onward = connect(Number(new URL(there.url).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [onward, client]) socket.on('error', () => {});
  });
  process.env['HTTP_PROXY'] = await listen(proxy);
  assert.deepEqual(Buffer.from(await readDataFile(file, source({mirrors: ['http://mirror.invalid/mnist/']}))), content);
  assert.deepEqual([tunnelled, there.asked], [['mirror.invalid:80'], ['/mnist/digits-idx.gz']]);
});
