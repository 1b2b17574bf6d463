import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, before, test} from 'node:test';

let copy: string;
before(() => {
  // a checkout of its own, without dist/
  copy = mkdtempSync(join(tmpdir(), 'tfpipe-launcher-'));
  for (const name of ['bin', 'src', 'package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(name, join(copy, name), {recursive: true});
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
});
after(() => rmSync(copy, {recursive: true, force: true}));

const launch = () => spawnSync(process.execPath, [join(copy, 'bin', 'pipeline.js'), '--version'], {encoding: 'utf8'});
/** What builds leave beside dist/. */
const leftovers = (): string[] => readdirSync(copy).filter((name) => name.startsWith('.build-'));
const built = (): number => statSync(join(copy, 'dist', 'main.js')).mtimeMs;

test('launches at once all work, and one of them builds', {timeout: 120_000}, async () => {
  const launches = Array.from({length: 3}, () => {
    const child = spawn(process.execPath, [join(copy, 'bin', 'pipeline.js'), '--version'], {stdio: ['ignore', 'pipe', 'pipe']});
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return new Promise<readonly [number | null, string]>((done) => child.once('close', (code) => done([code, output])));
  });
  assert.deepEqual((await Promise.all(launches)).sort(), [
    [0, '0.1.0\n'],
    [0, '0.1.0\n'],
    [0, 'building tfpipe…\n0.1.0\n'],
  ]);
  assert.deepEqual(leftovers(), []);
});

test('a second launch builds nothing, an edited source is built, and a source that is wrong is told', {timeout: 120_000}, () => {
  launch();
  const before = built();
  assert.equal(launch().stderr, '');
  assert.equal(built(), before);
  appendFileSync(join(copy, 'src', 'util', 'format.ts'), '\nexport const added = 1;\n');
  assert.match(launch().stderr, /building/);
  assert.ok(built() > before);
  appendFileSync(join(copy, 'src', 'util', 'format.ts'), 'export const wrong: string = 1;\n');
  const broken = launch();
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /format\.ts\(\d+,\d+\): error TS2322/);
  assert.ok(existsSync(join(copy, 'dist', 'main.js')), 'the last good build stays');
  assert.deepEqual(leftovers(), []);
  cpSync('src', join(copy, 'src'), {recursive: true});
});

test('a build that was killed does not stop the next one, which removes what it left', {timeout: 120_000}, async () => {
  rmSync(join(copy, 'dist'), {recursive: true, force: true});
  const child = spawn(process.execPath, [join(copy, 'bin', 'pipeline.js'), '--version'], {stdio: ['ignore', 'ignore', 'pipe']});
  await new Promise((done) => child.stderr.once('data', done));
  child.kill('SIGKILL');
  // its compiler, which shares its output, goes on to its end
  await new Promise((done) => child.once('close', done));
  assert.ok(lstatSync(join(copy, '.build-lock')).isSymbolicLink(), 'its lock is still there');
  mkdirSync(join(copy, '.build-1', 'dist'), {recursive: true});
  const next = launch();
  assert.equal(next.status, 0, next.stderr);
  assert.deepEqual(leftovers(), []);
});

test('without installed packages the command that installs them is told', () => {
  const bare = mkdtempSync(join(tmpdir(), 'tfpipe-bare-'));
  for (const name of ['bin', 'src', 'package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(name, join(bare, name), {recursive: true});
  const {status, stderr} = spawnSync(process.execPath, [join(bare, 'bin', 'pipeline.js')], {encoding: 'utf8'});
  rmSync(bare, {recursive: true, force: true});
  assert.match(stderr, /Run: npm ci/);
  assert.equal(status, 1);
});

test('a published package, which has no sources to build, runs as it is', () => {
  launch();
  const published = mkdtempSync(join(tmpdir(), 'tfpipe-published-'));
  try {
    for (const name of ['bin', 'dist', 'package.json', 'src/report/client'])
      cpSync(join(copy, name), join(published, name), {recursive: true});
    symlinkSync(resolve('node_modules'), join(published, 'node_modules'));
    const {status, stdout, stderr} = spawnSync(process.execPath, [join(published, 'bin', 'pipeline.js'), '--version'], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout, stderr], [0, '0.1.0\n', '']);
  } finally {
    rmSync(published, {recursive: true, force: true});
  }
});
