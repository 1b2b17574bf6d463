import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync} from 'node:fs';
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
const built = (): number => statSync(join(copy, 'dist', 'cli', 'main.js')).mtimeMs;

test('two first launches at once both work, and leave one whole build', {timeout: 120_000}, async () => {
  const launches = Array.from({length: 2}, () => {
    const child = spawn(process.execPath, [join(copy, 'bin', 'pipeline.js'), '--version'], {stdio: ['ignore', 'pipe', 'ignore']});
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return new Promise<readonly [number | null, string]>((done) => child.once('close', (code) => done([code, output])));
  });
  assert.deepEqual(await Promise.all(launches), [
    [0, '0.1.0\n'],
    [0, '0.1.0\n'],
  ]);
  assert.deepEqual(
    readdirSync(copy).filter((name) => name.startsWith('.build-')),
    [],
  );
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
  assert.ok(existsSync(join(copy, 'dist', 'cli', 'main.js')), 'the last good build stays');
});
