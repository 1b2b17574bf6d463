import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {makeFolder, removeAbandoned, temporaryName} from '#tfpipe/util/files.js';
import {isRunning, processName} from '#tfpipe/util/process-name.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-process-'));
after(() => rm(scratch, {recursive: true, force: true}));

const own = await processName();
const [place = '', boot = '', pid = '', start = ''] = own.split('-');
const day = 24 * 3600 * 1000;

test('this process runs, by its name and by what is named after it', async () => {
  assert.equal(pid, String(process.pid));
  assert.equal(await isRunning(own), true);
  assert.equal(await isRunning(await temporaryName()), true);
});

test('a process that another one started is named the same by both, until it ends', async () => {
  const module = pathToFileURL('dist/util/process-name.js').href;
  const script = `import(${JSON.stringify(module)}).then(async (m) => { process.stdout.write(await m.processName()); process.stdin.resume(); })`;
  const child = spawn(process.execPath, ['-e', script], {stdio: ['pipe', 'pipe', 'inherit']});
  const [name] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(await isRunning(String(name)), true);
  child.stdin.end();
  await once(child, 'close');
  assert.equal(await isRunning(String(name)), false);
});

test('a number that was given to another process, or stems from before the machine was started, is not it', async () => {
  assert.equal(await isRunning(`${place}-${boot}-${pid}-${Number(start) + 1}`), false);
  assert.equal(await isRunning(`${place}-00000000-${pid}-${start}`), false);
  assert.equal(await isRunning('something-else'), false);
});

test('nobody here can tell of another machine or container, so what was touched within a day counts as in use', async () => {
  const elsewhere = `00000000-${boot}-${pid}-${start}`;
  assert.equal(await isRunning(elsewhere, Date.now() - day / 2), true);
  assert.equal(await isRunning(elsewhere, Date.now() - day * 2), false);
});

test('only what belongs to nobody any more is removed, folders too', async () => {
  const folder = join(scratch, 'tmp');
  await mkdir(folder);
  const gone = `${place}-${boot}-999999999-1-gone`;
  const kept = [`${own}-mine`, `00000000-${boot}-1-1-elsewhere`, 'notes.txt'];
  for (const name of [gone, '00000000-00000000-1-1-old', ...kept]) await writeFile(join(folder, name), '');
  await utimes(join(folder, '00000000-00000000-1-1-old'), 1, 1);
  await mkdir(join(folder, `${gone}-folder`, 'inner'), {recursive: true});
  await removeAbandoned(folder);
  assert.deepEqual((await readdir(folder)).sort(), kept.sort());
});

test('folders are made to any depth, and made again without harm', async () => {
  const deep = join(scratch, 'a', 'b', 'c');
  await makeFolder(deep);
  await makeFolder(deep);
  assert.deepEqual(await readdir(join(scratch, 'a', 'b')), ['c']);
});
