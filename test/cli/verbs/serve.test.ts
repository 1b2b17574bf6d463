import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {request} from 'node:http';
import {basename, join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import {after, before, test} from 'node:test';
import {accessible, browser, noBrowser, shows} from '../../report/browser.js';
import {sandbox} from '../pipeline.js';

const launcher = resolve('bin', 'pipeline.js');
const {open} = browser();
const box = sandbox();
const runs = join(box.folder, 'runs');
const store = join(box.folder, '.tfpipe/store');
const recipe = (limit: number) => `name: quick
params: {limit: ${limit}}
stages:
  digits: {use: load/mnist, with: {limit: '\${limit}'}}
  scaled: {use: normalise/scale, in: digits}
`;
let server: ChildProcess;
let url = '';
let id = '';

async function serve(...args: string[]): Promise<{readonly child: ChildProcess; readonly url: string}> {
  const child = spawn(process.execPath, [launcher, 'serve', '--runs', runs, '--store', store, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({input: child.stdout})) {
    const found = /http:\/\/\S+/.exec(line)?.[0];
    if (found) return {child, url: found};
  }
  return {child, url: ''};
}

before(async () => {
  box.write('quick.yaml', recipe(50));
  assert.equal(box.pipeline('run', 'quick.yaml').status, 0);
  id = basename(realpathSync(join(runs, 'latest')));
  ({child: server, url} = await serve('--port', '0'));
});
after(() => server.kill('SIGKILL'));

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** A request whose path is sent as it is; browsers and fetch tidy it. */
async function ask(
  path: string,
  options: {readonly method?: string; readonly headers?: Record<string, string>} = {},
): Promise<Answer> {
  const {hostname, port} = new URL(url);
  const sent = request({hostname, port, path, ...options}).end();
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return {status: response.statusCode, headers: response.headers, body: Buffer.concat(parts)};
}

test('the list, the report and every result of a run are served, results byte for byte', async () => {
  const [run] = JSON.parse(String((await ask('/runs.json')).body)) as {id: string; status: string; params: object}[];
  assert.deepEqual([run?.id, run?.status, run?.params], [id, 'done', {limit: 50}]);
  const report = await ask(`/runs/${id}/report.html`);
  assert.deepEqual(report.body, readFileSync(join(runs, id, 'report.html')));
  const links = [...String(report.body).matchAll(/href="(artifacts\/[^"]+)"/g)].map(([, link]) => link ?? '');
  assert.equal(links.length, 6);
  for (const link of links) {
    const {status, body, headers} = await ask(`/runs/${id}/${link}`);
    assert.equal(status, 200, link);
    assert.equal(createHash('sha256').update(body).digest('hex'), basename(realpathSync(join(runs, id, link))), link);
    assert.equal(headers['content-disposition'], 'attachment');
  }
});

test('what is not of a run is not there, whatever the path, the links and the journal say', async () => {
  const forged = join(runs, '20200101-000000-forged');
  mkdirSync(forged);
  cpSync(join(runs, id, 'events.ndjson'), join(forged, 'events.ndjson'));
  symlinkSync('/etc/passwd', join(forged, 'report.html'));
  const digest = 'a'.repeat(64);
  const files = [
    {name: 'passwd', digest, bytes: 1, path: '/etc/passwd'},
    {name: 'climbs', digest: '../../../../../../../../../../etc/passwd', bytes: 1},
  ];
  const event = {type: 'stage-finished', stage: 'digits', outputs: {data: {kind: 'dataset', digest, files}}};
  appendFileSync(join(forged, 'events.ndjson'), `${JSON.stringify(event)}\n`);
  const missing = [
    `/runs/${id}/command.json`,
    `/runs/${id}/artifacts`,
    `/runs/${id}/artifacts/digits/data/nothing`,
    `/runs/${id}/artifacts/digits/__proto__/x`,
    '/runs/nothing/report.html',
    '/runs',
    '/package.json',
    '/runs/20200101-000000-forged/report.html',
    '/runs/20200101-000000-forged/artifacts/digits/data/passwd',
    '/runs/20200101-000000-forged/artifacts/digits/data/climbs',
  ];
  for (const path of missing) assert.equal((await ask(path)).status, 404, path);
  const ascents = [
    '/runs/../quick.yaml',
    `/runs/${id}/../../quick.yaml`,
    '/runs/%2e%2e/quick.yaml',
    `/runs/${id}/..%2f..%2fquick.yaml`,
  ];
  for (const path of [...ascents, `/runs/${id}/artifacts/digits/data/..%5c..`, '/%', '/runs/a%00b/report.html'])
    assert.equal((await ask(path)).status, 400, path);
  rmSync(forged, {recursive: true});
});

test('another host gets nothing, and nobody can change anything', async () => {
  const {port} = new URL(url);
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1:1', `127.0.0.1.evil.example:${port}`]) {
    const {status, body} = await ask('/runs.json', {headers: {host}});
    assert.equal(status, 421, host);
    assert.doesNotMatch(String(body), /quick/);
  }
  assert.equal((await ask('/runs.json', {headers: {host: `localhost:${port}`}})).status, 200);
  const before = readdirSync(join(runs, id));
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    assert.equal((await ask(`/runs/${id}/report.html`, {method})).status, 405, method);
  assert.deepEqual(readdirSync(join(runs, id)), before);
});

test('answers say what a browser may do with them, and what has not changed is not sent again', async () => {
  const page = await ask('/');
  assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; .*frame-ancestors 'none'$/);
  assert.match(String(page.body), /script-src 'sha256-[^']+'; connect-src 'self'; base-uri 'none'/);
  for (const path of ['/', '/runs.json', `/runs/${id}/report.html`, `/runs/${id}/recipe.yaml`, '/nothing']) {
    const {headers} = await ask(path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path);
    assert.equal(headers['access-control-allow-origin'], undefined, path);
  }
  const {headers} = await ask(`/runs/${id}/report.html`);
  const again = await ask(`/runs/${id}/report.html`, {headers: {'if-none-match': String(headers['etag'])}});
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  const head = await ask(`/runs/${id}/report.html`, {method: 'HEAD'});
  assert.deepEqual([head.status, head.body.length], [200, 0]);
});

test('in a browser: a run that begins is seen, told apart from a killed one, sorted, filtered; its report opens', {
  skip: noBrowser,
}, async () => {
  const page = await open(url);
  await shows(page.locator('#state'), /^1 of 1 runs$/);
  // a run of this very process, and one whose process is gone
  const events = readFileSync(join(runs, id, 'events.ndjson'), 'utf8').split('\n');
  const started = JSON.parse(events[0] ?? '') as Record<string, unknown>;
  const {processName} = await import('#tfpipe/util/process-name.js');
  for (const [name, owner] of [
    ['going', await processName()],
    ['killed', '00000000-00000000-1-1'],
  ] as const) {
    mkdirSync(join(runs, name));
    writeFileSync(
      join(runs, name, 'events.ndjson'),
      `${JSON.stringify({...started, runId: name, process: owner})}\n${events[1]}\n`,
    );
  }
  await shows(page.locator('#state'), /^3 of 3 runs, [12] going on$/);
  const cell = (name: string) => page.locator('.runs tbody tr', {hasText: name}).locator('.result');
  assert.equal(await cell('going').textContent(), 'running');
  const line = `${JSON.stringify({type: 'run-finished', time: Date.now(), outcome: 'failed', seconds: 1})}\n`;
  appendFileSync(join(runs, 'going', 'events.ndjson'), line);
  await shows(cell('going'), /^failed$/);

  const names = async () => await page.locator('.runs tbody td:first-child').allTextContents();
  await page.getByRole('button', {name: 'run', exact: true}).click();
  assert.deepEqual(await names(), ['killed', 'going', id]);
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), [id, 'going', 'killed']);
  await page.getByRole('searchbox').fill('limit=50 going');
  assert.deepEqual(await names(), ['going']);
  await page.getByRole('searchbox').fill('');
  await page.getByText('columns').click();
  await page.getByRole('checkbox', {name: 'limit'}).check();
  assert.equal(await page.locator('.runs tbody tr').first().locator('td').last().textContent(), '50');
  await page.getByRole('link', {name: id}).click();
  await shows(page.locator('h1'), /^quick$/);
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`nothing serious for axe, nothing wider than the page: ${colorScheme}`, {skip: noBrowser}, async () => {
    const page = await open(url, {colorScheme, viewport: {width: 400, height: 800}});
    await shows(page.locator('#state'), /runs/);
    await page.getByText('columns').click();
    await accessible(page);
    assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= 400);
  });

test('a port that is taken is told of in a sentence; Ctrl-C ends the server, also while a page is open', {
  skip: noBrowser,
}, async () => {
  const {port} = new URL(url);
  const {status, stderr} = box.pipeline('serve', '--port', port);
  assert.equal(status, 2);
  assert.equal(
    stderr,
    `error Expected port ${port} to be free, but something is there\n      Another port: pipeline serve --port ${Number(port) + 1}; or any: --port 0\n`,
  );
  const page = await open(url);
  server.kill('SIGINT');
  assert.deepEqual(await once(server, 'close'), [0, null]);
  await page.context().close();
});
