import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {afterEach, test} from 'node:test';
import {driverVersion} from '#tfpipe/tensor/setup/locate.js';
import {missingTool, missingTools} from '#tfpipe/tensor/setup/missing-tool.js';
import {pinsFor} from '#tfpipe/tensor/setup/pins.js';
import {Machine, scripts} from './setup-machine.js';

const machines: Machine[] = [];
const machine = (tools: Readonly<Record<string, string>>): Machine => {
  const made = new Machine(tools);
  machines.push(made);
  return made;
};
const complete = {python3: scripts.python, 'c++': scripts.compiler};
afterEach(() => {
  for (const made of machines.splice(0)) made.dispose();
});

/** Nothing but what is complete may be left in the cache. */
const leftIn = (made: Machine): string[] => [
  ...readdirSync(made.cache).filter((name) => name !== 'tmp'),
  ...(existsSync(join(made.cache, 'tmp')) ? readdirSync(join(made.cache, 'tmp')) : []),
];

test('a set-up keeps what is needed, links it, and is done once', () => {
  const made = machine(complete);
  assert.equal(made.locate()['status'], 'absent');
  const {result, progress} = made.prepare();
  assert.equal(result['status'], 'ready');
  assert.deepEqual(
    progress.split('\n').map((line) => line.split(':')[0]),
    ['download', 'unpack', 'build', 'link', ''],
  );
  const home = made.home ?? '';
  const files = readdirSync(home, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile());
  assert.deepEqual(files.map((entry) => entry.name).sort(), [
    'libcudart.so.12',
    'libdevice.10.bc',
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
    'manifest.json',
    'ptxas',
    'tfjs_binding.node',
  ]);
  assert.equal(statSync(join(home, 'nvidia/cuda_nvcc/bin/ptxas')).mode & 0o111, 0o111);
  assert.equal(existsSync(join(made.cache, 'outside.so')), false);
  assert.equal(readlinkSync(made.link), join(home, 'tfjs_binding.node'));
  assert.deepEqual(leftIn(made), [home.slice(made.cache.length + 1)]);
  assert.equal(made.locate()['status'], 'ready');
  assert.equal(made.prepare().progress, '');
  assert.equal(made.downloads, 1);
});

test('after a new node_modules only the link is made', () => {
  const made = machine(complete);
  made.prepare();
  rmSync(join(made.addonPackage, 'lib'), {recursive: true});
  assert.equal(made.locate()['status'], 'unlinked');
  assert.equal(made.prepare().progress, 'link: linking the addon into node_modules\n');
  assert.equal(made.locate()['status'], 'ready');
});

test('one that was prepared in another cache is the same TensorFlow, until that cache is gone', () => {
  const made = machine(complete);
  made.prepare();
  const home = made.home ?? '';
  renameSync(made.cache, `${made.cache}-elsewhere`);
  rmSync(made.link);
  symlinkSync(join(home.replace(made.cache, `${made.cache}-elsewhere`), 'tfjs_binding.node'), made.link);
  assert.deepEqual([made.locate()['status'], made.locate()['version']], ['ready', '2.21.0']);
  rmSync(`${made.cache}-elsewhere`, {recursive: true});
  assert.equal(made.locate()['status'], 'absent');
});

test('a library that is cut short, or a manifest that is no JSON, is prepared anew', () => {
  const made = machine(complete);
  made.prepare();
  truncateSync(join(made.home ?? '', 'tensorflow', 'libtensorflow_cc.so.2'), 10);
  assert.equal(made.locate()['status'], 'absent');
  assert.equal(made.prepare().result['status'], 'ready');
  assert.ok(statSync(join(made.home ?? '', 'tensorflow', 'libtensorflow_cc.so.2')).size > 10);
  writeFileSync(join(made.home ?? '', 'manifest.json'), '{"version": ');
  assert.equal(made.prepare().result['status'], 'ready');
  assert.equal(made.downloads, 3);
  assert.deepEqual(leftIn(made).length, 1);
});

test('`force` prepares it anew, and a failure leaves what was there in use', () => {
  const made = machine(complete);
  made.prepare();
  assert.equal(made.prepare({force: true}).result['status'], 'ready');
  assert.equal(made.downloads, 2);
  made.install({'c++': '[ "$1" = --version ] || exit 1'});
  assert.equal(made.prepare({force: true}).result['status'], 'unavailable');
  assert.equal(made.locate()['status'], 'ready');
});

for (const phase of ['download', 'build'])
  test(`a set-up that is killed during its ${phase} leaves nothing that reads as done, and the next one succeeds`, async () => {
    const made = machine(complete);
    made.touch(`pause-${phase}`);
    const {child, ended} = made.start();
    await made.paused();
    child.kill('SIGKILL');
    await ended;
    await made.endPaused();
    assert.equal(made.locate()['status'], 'absent');
    assert.equal(existsSync(made.link), false);
    assert.equal(leftIn(made).length, 2, 'its lock and its folder are still there');
    made.remove(`pause-${phase}`);
    assert.equal(made.prepare().result['status'], 'ready');
    assert.deepEqual(leftIn(made), [(made.home ?? '').slice(made.cache.length + 1)]);
  });

test('of two set-ups at once, the second waits and takes the result of the first', async () => {
  const made = machine(complete);
  made.touch('pause-build');
  const first = made.start();
  await first.reached('build');
  const second = made.start();
  await second.reached('wait');
  await made.endPaused();
  made.remove('pause-build');
  const [one, two] = await Promise.all([first.ended, second.ended]);
  assert.match(one.output, /unavailable/, 'its compiler was killed');
  assert.match(two.progress, /^wait: another process is preparing TensorFlow; waiting for it\ndownload/);
  assert.match(two.output, /"ready"/);
});

test('many set-ups at once download once', async () => {
  const made = machine(complete);
  const all = await Promise.all(Array.from({length: 4}, () => made.start().ended));
  for (const {output} of all) assert.match(output, /"status":"ready"/);
  assert.equal(made.downloads, 1);
  assert.deepEqual(leftIn(made), [(made.home ?? '').slice(made.cache.length + 1)]);
});

test('everything that is missing is told at once, before anything is downloaded, and leaves nothing behind', () => {
  const made = machine({'apt-get': ''});
  const {result} = made.prepare();
  assert.equal(result['status'], 'unavailable');
  assert.equal(result['why'], '`python3` was not found; `c++` was not found');
  assert.match(
    result['remedy'] ?? '',
    /^Run: (sudo )?apt-get install -y python3 python3-pip && (sudo )?apt-get install -y g\+\+$/,
  );
  assert.equal(existsSync(made.cache), false);
  made.install({'c++': scripts.compiler, python3: scripts.noPip});
  const noPip = made.prepare().result;
  assert.match(noPip['why'] ?? '', /^`python3 -m pip` failed: .*No module named pip$/);
  assert.match(noPip['remedy'] ?? '', /^Run: (sudo )?apt-get install -y python3 python3-pip$/);
});

test('tfjs’s own installer is tried next; when it fails too, node_modules is as before', () => {
  const made = machine({});
  const before = readFileSync(join(made.addonPackage, 'package.json'), 'utf8');
  assert.match(made.prepare().progress, /^fallback: tfjs’s own installer \(TensorFlow 2\.9\), as `python3` was not found; /);
  assert.equal(readFileSync(join(made.addonPackage, 'package.json'), 'utf8'), before);
  assert.deepEqual(readdirSync(made.addonPackage).sort(), ['binding', 'package.json', 'scripts']);
  assert.deepEqual(readdirSync(join(made.root, 'node_modules', '.tfpipe')), []);
});

test('what tfjs’s own installer brings is moved in when it loads', () => {
  const made = machine({});
  const installer = `
    const {mkdirSync, writeFileSync} = require('node:fs');
    const {execFileSync} = require('node:child_process');
    mkdirSync('deps/lib', {recursive: true});
    mkdirSync('lib/napi-v8', {recursive: true});
    writeFileSync('deps/lib/libtensorflow.so', process.argv[2]);
    execFileSync('/bin/sh', ['-c', process.env.BUILD]);`;
  writeFileSync(join(made.addonPackage, 'scripts', 'install.js'), installer);
  const build = (source: string): string =>
    scripts.compiler.slice(scripts.compiler.indexOf('PATH=')).replace(/"\$ROOT.*/, `${source} -o lib/napi-v8/tfjs_binding.node`);
  assert.equal(
    made.prepare({environment: {BUILD: 'echo no addon > lib/napi-v8/tfjs_binding.node'}}).result['status'],
    'unavailable',
  );
  assert.equal(existsSync(made.link), false);
  const {result} = made.prepare({environment: {BUILD: build(join(made.root, 'addon.c'))}});
  assert.equal(result['status'], 'ready');
  assert.deepEqual(made.locate(), {...made.locate(), status: 'ready', version: 'as installed'});
  assert.equal(readFileSync(join(made.addonPackage, 'deps/lib/libtensorflow.so'), 'utf8'), 'cpu');
});

test('the real pip refuses a wheel whose hash is not the pinned one', () => {
  const made = machine({python3: scripts.realPython, 'c++': scripts.compiler});
  const pins = pinsFor('cpu');
  assert.ok(pins, 'this platform has a pinned wheel');
  const name = (pins.requirements[0] ?? '').split('==')[0]?.replace('-', '_');
  const wheels = join(made.root, 'wheels');
  mkdirSync(wheels);
  writeFileSync(join(wheels, `${name}-2.21.0-cp312-cp312-${pins.platforms[0]}.whl`), 'not that wheel');
  const environment = {PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, PIP_CONFIG_FILE: '/dev/null'};
  const {result} = made.prepare({environment});
  assert.equal(result['status'], 'unavailable');
  assert.match(result['why'] ?? '', /^`python3 -m pip` failed: .*Expected sha256 [0-9a-f]{64}/);
  assert.equal(
    result['remedy'],
    'The package index gave another file than the pinned one: check the index that pip is set to use.',
  );
  assert.deepEqual(leftIn(made), []);
});

test('an addon that does not load is not kept', () => {
  const made = machine({
    ...complete,
    'c++': 'while [ "$#" -gt 1 ] && [ "$1" != -o ]; do shift; done; [ "$1" = -o ] && echo no addon > "$2"; exit 0',
  });
  const {result} = made.prepare();
  assert.match(result['why'] ?? '', /^`loading the addon` failed: /);
  assert.deepEqual(leftIn(made), []);
});

test('a cache that cannot be made is a sentence, not a stack', () => {
  const made = machine(complete);
  made.touch('file');
  const {result} = made.prepare({environment: {XDG_CACHE_HOME: join(made.root, 'file')}});
  assert.equal(result['status'], 'unavailable');
  assert.equal(result['remedy'], 'Set XDG_CACHE_HOME to a folder that you may write.');
});

test('the remedy names the command of the machine’s package manager', () => {
  const made = machine({dnf: ''});
  const path = process.env['PATH'];
  try {
    process.env['PATH'] = '';
    assert.match(
      missingTool('c++', ''),
      /^Install a C\+\+ compiler \((sudo )?apt-get install -y g\+\+, or (sudo )?dnf install -y gcc-c\+\+, or xcode-select --install\)\.$/,
    );
    process.env['PATH'] = join(made.root, 'bin');
    assert.match(missingTools(['python']), /^Run: (sudo )?dnf install -y python3 python3-pip$/);
    assert.match(missingTool('c++', ''), /^Run: (sudo )?dnf install -y gcc-c\+\+$/);
  } finally {
    process.env['PATH'] = path;
  }
});

test('the driver’s version is read from what either kernel module says', () => {
  const closed =
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6 22:20:39 UTC 2023\nGCC version:  gcc 12.2.0\n';
  const open =
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (builder@)  \nGCC version:  gcc version 15.3.0\n';
  assert.equal(driverVersion(closed), '535.54.03');
  assert.equal(driverVersion(open), '580.159.04');
  assert.equal(driverVersion(''), undefined);
});
