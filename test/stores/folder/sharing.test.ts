import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chmod, mkdtemp, readdir, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import {setAside} from '#tfpipe/stores/folder/set-aside.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {recordOf} from '../../helpers/record-of.js';
import {outputOf, startProgram, storeProgram} from './store-process.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-sharing-'));
after(() => rm(scratch, {recursive: true, force: true}));

const key = digestBytes('key');
const content = Buffer.from('content'.repeat(1000));
const digest = digestBytes(content);

/** Eight processes that start together, each as a run does: look up, and compute when it is a miss; the winners they name. */
async function eightRuns(root: string): Promise<string[]> {
  const program = storeProgram(
    root,
    `
      const store = await openLocalStore(root);
      const key = digestBytes('key');
      process.stdout.write(' ');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      process.stdin.destroy();
      const found = await store.lookup(key);
      const blob = found.status === 'hit' ? undefined : await store.writeBlob(Buffer.from('content'.repeat(1000)));
      const record = found.status === 'hit' ? found.record : await store.commit(recordOf(key, blob, String(process.pid)));
      process.stdout.write(record.computed.stage);`,
  );
  const children = Array.from({length: 8}, () => startProgram(program));
  const outputs = children.map(outputOf);
  await Promise.all(children.map((child) => child.stdout && once(child.stdout, 'data')));
  for (const child of children) child.stdin?.write('go');
  return (await Promise.all(outputs)).map((text) => text.trim());
}

test('eight processes that compute the same stage at once all get the one result', {timeout: 60_000}, async () => {
  const root = join(scratch, 'fresh');
  const winners = await eightRuns(root);
  assert.equal(new Set(winners).size, 1, winners.join());
  const found = await (await openLocalStore(root)).lookup(key);
  assert.equal(found.status === 'hit' && found.record.computed.stage, winners[0]);
  assert.deepEqual(await readdir(join(root, 'tmp')), []);
});

for (const [what, damage] of [
  ['record', (root: string) => writeFile(join(root, 'records', key.slice(0, 2), `${key}.json`), '{"sha')],
  ['blob', (root: string) => damageBlob(join(root, 'blobs', digest.slice(0, 2), digest))],
] as const) {
  test(`eight processes that find the same damaged ${what} at once mend it without an error`, {timeout: 60_000}, async () => {
    const root = join(scratch, what);
    const store = await openLocalStore(root);
    await store.commit(recordOf(key, [await store.writeBlob(content)]));
    await damage(root);
    await eightRuns(root);
    assert.equal((await (await openLocalStore(root)).lookup(key)).status, 'hit');
  });
}

async function damageBlob(path: string): Promise<void> {
  await chmod(path, 0o644);
  await truncate(path, 10);
}

test('a good file that took the place of a bad one is not set aside for it', async () => {
  const path = join(scratch, 'file');
  await writeFile(path, 'good');
  await setAside(path, scratch, async () => false);
  assert.deepEqual(
    (await readdir(scratch)).filter((name) => name.startsWith('file')),
    ['file'],
  );
});
