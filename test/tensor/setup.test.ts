import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {missingTool} from '#tfpipe/tensor/setup/missing-tool.js';

const scratch = mkdtempSync(join(tmpdir(), 'tfpipe-setup-'));
after(() => rmSync(scratch, {recursive: true, force: true}));
let made = 0;

/** A PATH with just these tools, each a shell script, and what a set-up with an empty cache does there. */
function machine(tools: Readonly<Record<string, string>>) {
  const root = join(scratch, `machine-${made++}`);
  const [bin, cache] = [join(root, 'bin'), join(root, 'cache')];
  for (const folder of [bin, cache]) mkdirSync(folder, {recursive: true});
  for (const name of ['sh', 'sleep', 'cat']) symlinkSync(join('/bin', name), join(bin, name));
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  // the addon that this very node_modules is linked to must not be taken for a prepared one, nor be linked anew
  const script = `
    const {homeOf} = await import('${pathToFileURL('dist/tensor/setup/locate.js').href}');
    const {makeTensorflow} = await import('${pathToFileURL('dist/tensor/setup/prepare.js').href}');
    const located = {status: 'absent', variant: 'cpu', version: '2.21.0', home: homeOf('cpu')};
    const result = await makeTensorflow(located, ({phase, text}) => process.stderr.write(phase + ': ' + text + '\\n'));
    process.stdout.write(JSON.stringify(result));`;
  const args = ['--input-type=module', '-e', script];
  const options = {encoding: 'utf8', env: {PATH: bin, XDG_CACHE_HOME: cache}} as const;
  return {
    cache: join(cache, 'tfpipe'),
    run: () => spawnSync(process.execPath, args, options),
    start: () => spawn(process.execPath, args, {env: options.env, stdio: ['ignore', 'pipe', 'pipe']}),
  };
}

test('without Python the reason and the remedy are told, and nothing is left behind', () => {
  const {run, cache} = machine({});
  const {stdout} = run();
  assert.match(stdout, /"status":"unavailable","why":"`python3` was not found"/);
  assert.deepEqual(readdirSync(join(cache, 'tmp')), []);
});

test('a wheel with another hash is refused', () => {
  const {run} = machine({
    python3: 'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." >&2; exit 1',
  });
  assert.match(run().stdout, /DO NOT MATCH THE HASHES[\s\S]*check the index that pip is set to use/);
});

test('pip is asked for the pinned version with its hash', () => {
  const {run} = machine({
    python3: 'for each in "$@"; do case "$each" in */requirements.txt) cat "$each" >&2;; esac; done; exit 1',
  });
  assert.match(run().stdout, /tensorflow(-cpu)?==2\.21\.0 --hash=sha256:[0-9a-f]{64}/);
});

test('a set-up that is killed leaves nothing that reads as done, and the next one cleans up after it', {
  timeout: 60_000,
}, async () => {
  const {start, cache} = machine({python3: 'sleep 5'});
  const child = start();
  await new Promise((done) => child.stderr.once('data', done));
  child.kill('SIGKILL');
  await new Promise((done) => child.once('close', done));
  assert.equal(
    readdirSync(cache).some((name) => name.endsWith('.lock')),
    true,
    'its lock is still there',
  );
  // the same cache, but now Python fails at once
  const next = machine({python3: 'echo gone >&2; exit 1'});
  rmSync(next.cache, {recursive: true, force: true});
  symlinkSync(cache, next.cache);
  assert.match(next.run().stdout, /unavailable/, 'the lock of the dead process is taken over');
  assert.deepEqual(readdirSync(join(cache, 'tmp')), []);
  assert.deepEqual(readdirSync(cache), ['tmp']);
});

test('the second of two set-ups waits for the first', {timeout: 60_000}, async () => {
  const {start} = machine({python3: 'sleep 1; echo failed >&2; exit 1'});
  const first = start();
  await new Promise((done) => first.stderr.once('data', done));
  const second = start();
  let told = '';
  second.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await new Promise((done) => second.once('close', done));
  assert.match(told, /^wait: another process is preparing TensorFlow/);
});

test('the remedy names the command of the machine’s package manager', () => {
  const path = process.env['PATH'];
  const bin = join(scratch, 'managers');
  mkdirSync(bin);
  try {
    process.env['PATH'] = bin;
    assert.match(
      missingTool('c++', ''),
      /Install a C\+\+ compiler \(sudo apt-get install -y g\+\+, or sudo dnf install -y gcc-c\+\+, or xcode-select --install\)/,
    );
    writeFileSync(join(bin, 'dnf'), '');
    assert.equal(missingTool('python3', ''), 'Run: sudo dnf install -y python3 python3-pip');
    assert.equal(missingTool('c++', ''), 'Run: sudo dnf install -y gcc-c++');
  } finally {
    process.env['PATH'] = path;
  }
});
