import assert from 'node:assert/strict';
import {once} from 'node:events';
import {statSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {digestBytes} from '#tfpipe/core/digest.js';
import {Leases} from '#tfpipe/stores/folder/leases.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {processName} from '#tfpipe/util/process-name.js';
import {startProgram, storeProgram} from './store-process.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-leases-'));
after(() => rm(scratch, {recursive: true, force: true}));
const key = digestBytes('key');
/** Holder of a lease on another machine. */
const elsewhere = 'deadbeef-deadbeef-1-1-token';

test('the lease of a process that was killed is taken over at once, by one', {timeout: 60_000}, async () => {
  const root = join(scratch, 'killed');
  const holder = startProgram(
    storeProgram(
      root,
      `
      await (await openLocalStore(root)).claim(digestBytes('key'));
      process.stdout.write('held');
      setInterval(() => {}, 1000);`,
    ),
  );
  if (holder.stdout) await once(holder.stdout, 'data');
  // opened before it is killed: later the opening sweeps what it left
  const stores = await Promise.all(Array.from({length: 8}, () => openLocalStore(root)));
  const before = await stores[0]?.claim(key);
  assert.equal(before?.status === 'held' && before.by.split('-')[2], String(holder.pid));
  const closed = once(holder, 'close');
  holder.kill('SIGKILL');
  await closed;
  const claims = await Promise.all(stores.map((store) => store.claim(key)));
  assert.deepEqual(claims.map(({status}) => status).sort(), ['claimed', ...Array(7).fill('held')]);
  assert.deepEqual(await readdir(join(root, 'tmp')), []);
});

test('opening a store sweeps the leases of dead processes, and no others', async () => {
  const root = join(scratch, 'swept');
  const claim = await (await openLocalStore(root)).claim(key);
  assert.equal(claim.status, 'claimed');
  const [place, boot] = (await processName()).split('-');
  // a number beyond those that Linux gives
  await writeFile(join(root, 'leases', digestBytes('dead')), `${place}-${boot}-4194999-1-token`);
  await writeFile(join(root, 'leases', digestBytes('elsewhere')), elsewhere);
  await openLocalStore(root);
  assert.deepEqual((await readdir(join(root, 'leases'))).sort(), [key, digestBytes('elsewhere')].sort());
});

test('a lease of another machine is respected while its time changes, whatever that time is, and no longer', async () => {
  const folder = join(scratch, 'elsewhere');
  await mkdir(join(folder, 'leases'), {recursive: true});
  const path = join(folder, 'leases', key);
  await writeFile(path, elsewhere);
  const leases = new Leases(join(folder, 'leases'), {patience: 150});
  // its clock is years behind ours
  for (let beat = 1; beat <= 6; beat++) {
    await utimes(path, beat, beat);
    assert.equal((await leases.claim(key)).status, 'held');
    await wait(50);
  }
  await wait(200);
  const claim = await leases.claim(key);
  assert.equal(claim.status, 'claimed');
  if (claim.status === 'claimed') await claim.release();
  assert.deepEqual(await readdir(join(folder, 'leases')), []);
});

test('a lease that was taken over is not removed by the one that lost it', async () => {
  const root = join(scratch, 'lost');
  const store = await openLocalStore(root);
  const claim = await store.claim(key);
  await writeFile(join(root, 'leases', key), elsewhere);
  if (claim.status === 'claimed') await claim.release();
  assert.deepEqual(await readdir(join(root, 'leases')), [key]);
});

test('a lease that nobody signed, from a crash between making and writing it, is taken over in the end', async () => {
  const folder = join(scratch, 'unsigned');
  await mkdir(join(folder, 'leases'), {recursive: true});
  await writeFile(join(folder, 'leases', key), '');
  const leases = new Leases(join(folder, 'leases'), {patience: 50});
  assert.equal((await leases.claim(key)).status, 'held');
  await wait(100);
  assert.equal((await leases.claim(key)).status, 'claimed');
});

test('a lease shows life while its process computes without a pause', async () => {
  const folder = join(scratch, 'busy');
  await mkdir(join(folder, 'leases'), {recursive: true});
  const leases = new Leases(join(folder, 'leases'), {heartbeat: 20});
  const claim = await leases.claim(key);
  const path = join(folder, 'leases', key);
  const claimed = statSync(path).mtimeMs;
  const halt = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; statSync(path).mtimeMs === claimed && waited < 10_000; waited += 50) Atomics.wait(halt, 0, 0, 50);
  assert.notEqual(statSync(path).mtimeMs, claimed);
  assert.ok(claim.status === 'claimed');
  await claim.release();
  assert.deepEqual(await readdir(join(folder, 'leases')), []);
});
