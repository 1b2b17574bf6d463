import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import {lockedDigest, readLockedFile, readOwnFile} from '#tfpipe/sources/locked-files.js';

const folder = mkdtempSync(join(tmpdir(), 'tfpipe-lock-'));
const [home, cache] = [process.cwd(), process.env['XDG_CACHE_HOME']];
let [content, asked, url] = ['first', 0, ''];
const server = createServer((_request, response) => {
  asked += 1;
  response.statusCode = content === '' ? 503 : 200;
  response.end(content);
});
before(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.h5`;
  process.chdir(folder);
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  process.env['NO_PROXY'] = '127.0.0.1';
});
after(() => {
  process.chdir(home);
  if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = cache;
  server.close();
  rmSync(folder, {recursive: true});
});
const read = async (): Promise<string> => Buffer.from(await readLockedFile(url, 'Fetch it elsewhere.')).toString();

test('the first download is locked, the next comes from the cache, another file is refused', async () => {
  assert.equal(await lockedDigest(url), undefined);
  assert.equal(await read(), 'first');
  const digest = digestBytes('first');
  assert.equal(readFileSync('tfpipe.lock.json', 'utf8'), `${JSON.stringify({files: {[url]: digest}}, null, 2)}\n`);
  assert.equal(await lockedDigest(url), digest);
  assert.equal(await read(), 'first');
  assert.equal(asked, 1);

  // a cache that was emptied, and one that is damaged
  for (const damage of [
    () => rmSync(join(folder, 'cache'), {recursive: true}),
    () => writeFileSync(join(folder, 'cache/tfpipe/data', digest), 'x'),
  ]) {
    damage();
    assert.equal(await read(), 'first');
  }
  assert.equal(asked, 3);
  rmSync(join(folder, 'cache'), {recursive: true});
  content = 'second';
  await assert.rejects(
    read(),
    /^Error: Expected http.* to have SHA-256 a7937b64b8ca…, as `tfpipe\.lock\.json` says, got 16367aacb67a…: .*$/,
  );
  rmSync('tfpipe.lock.json');
  assert.equal(await read(), 'second');
});

test('no way there is told of with what would help; so is a lock that is no JSON, and a file of one’s own that is not there', async () => {
  content = '';
  rmSync('tfpipe.lock.json');
  await assert.rejects(read(), /^Error: Expected http.*\/weights\.h5 to be fetched, got HTTP 503\. Fetch it elsewhere\.$/);
  writeFileSync('tfpipe.lock.json', '{');
  await assert.rejects(read(), /^Error: Expected `tfpipe\.lock\.json` to be JSON, got what is not: /);
  await assert.rejects(readOwnFile('/nowhere/x.h5'), /^Error: Expected the file \/nowhere\/x\.h5 to be readable, got ENOENT$/);
});
