import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, test} from 'node:test';

// the real thing, from PyPI: in a checkout and a cache of their own, so that what is linked here stays
const root = mkdtempSync(join(tmpdir(), 'tfpipe-real-setup-'));
const cache = join(root, 'cache');
const environment = {...process.env, XDG_CACHE_HOME: cache, TFPIPE_STORE: join(root, 'store')};
const pipeline = (...args: readonly string[]): string[] => [join(root, 'bin', 'pipeline.js'), ...args];
after(() => rmSync(root, {recursive: true, force: true}));

for (const name of ['bin', 'dist']) cpSync(name, join(root, name), {recursive: true});
writeFileSync(join(root, 'package.json'), '{"type": "module", "version": "0.0.0", "imports": {"#tfpipe/*": "./dist/*"}}');
const packages = readdirSync('node_modules').filter((name) => !name.startsWith('.') && name !== '@tensorflow');
const addonPackage = join('node_modules', '@tensorflow', 'tfjs-node-gpu');
cpSync(addonPackage, join(root, addonPackage), {recursive: true, filter: (path) => !/tfjs-node-gpu\/(lib|deps)$/.test(path)});
for (const name of packages) symlinkSync(resolve('node_modules', name), join(root, 'node_modules', name));
for (const name of readdirSync('node_modules/@tensorflow').filter((each) => each.startsWith('tfjs') && each !== 'tfjs-node-gpu'))
  symlinkSync(resolve('node_modules/@tensorflow', name), join(root, 'node_modules', '@tensorflow', name));

const doctor = (): readonly {readonly what: string; readonly state: string; readonly found: string}[] =>
  JSON.parse(spawnSync(process.execPath, pipeline('doctor', '--cpu', '--json'), {env: environment, encoding: 'utf8'}).stdout);
const found = (what: string): string => doctor().find((finding) => finding.what === what)?.found ?? '';

for (const phase of ['download', 'unpack', 'build'])
  test(`killed during its ${phase}`, {timeout: 300_000}, async () => {
    const child = spawn(process.execPath, pipeline('setup', '--cpu'), {env: environment, stdio: ['ignore', 'ignore', 'pipe']});
    let told = '';
    await new Promise<void>((done) => {
      child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.includes(`${phase}:`)) done();
      });
      child.once('exit', () => done());
    });
    assert.equal(child.exitCode, null, told);
    child.kill('SIGKILL');
    await new Promise((done) => child.once('exit', done));
    assert.match(found('TensorFlow'), /^not prepared yet/);
  });

test('then two at once: both end well, TensorFlow computes, and nothing is left over', {timeout: 300_000}, async () => {
  const ends = Array.from({length: 2}, () => {
    const child = spawn(process.execPath, pipeline('setup', '--cpu'), {env: environment, stdio: ['ignore', 'ignore', 'pipe']});
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    return new Promise<{readonly code: number | null; readonly told: string}>((done) =>
      child.once('close', (code) => done({code, told})),
    );
  });
  const both = await Promise.all(ends);
  assert.deepEqual(
    both.map(({code}) => code),
    [0, 0],
    JSON.stringify(both),
  );
  assert.equal(both.filter(({told}) => told.includes('wait: another process')).length, 1);
  assert.match(found('TensorFlow'), /^2\.21\.0 on cpu, loaded in/);
  assert.equal(readdirSync(join(cache, 'tfpipe')).filter((name) => name.endsWith('.lock')).length, 0);
  assert.deepEqual(readdirSync(join(cache, 'tfpipe', 'tmp')), []);
});

test('Ctrl-C leaves nothing behind, and what was prepared in use', {timeout: 300_000}, async () => {
  const child = spawn(process.execPath, pipeline('setup', '--cpu', '--force'), {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise((done) => child.stderr.once('data', done));
  child.kill('SIGINT');
  const code = await new Promise((done) => child.once('exit', done));
  assert.equal(code, 130);
  assert.deepEqual(readdirSync(join(cache, 'tfpipe', 'tmp')), []);
  assert.equal(existsSync(join(cache, 'tfpipe', 'tensorflow-2.21.0-cpu-linux-x64.lock')), false);
  assert.match(found('TensorFlow'), /^2\.21\.0 on cpu/);
});
