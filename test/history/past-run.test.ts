import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {eventLine} from '#tfpipe/history/journal.js';
import {findRun} from '#tfpipe/history/past-run.js';

const runs = realpathSync(mkdtempSync(join(tmpdir(), 'tfpipe-runs-')));
after(() => rmSync(runs, {recursive: true, force: true}));
const names = ['20260101-000000-a', '20260102-000000-a', '20260102-000000-b'];
for (const name of names) {
  mkdirSync(join(runs, name));
  writeFileSync(join(runs, name, 'events.ndjson'), eventLine({type: 'stage-log', time: 1, stage: 's', text: name}));
}
symlinkSync(names[2] ?? '', join(runs, 'latest'));

test('a run is found by its name, the beginning of it, its folder, or as the latest', async () => {
  for (const [reference, name] of [
    [names[0], names[0]],
    ['20260101', names[0]],
    [join(runs, names[1] ?? ''), names[1]],
    ['latest', names[2]],
  ] as const) {
    const found = await findRun(runs, reference ?? '');
    assert(found.status === 'found');
    assert.deepEqual([found.run.id, found.run.folder, found.run.events.length], [name, join(runs, name ?? ''), 1]);
  }
});

test('with several, or none, the names say what there is', async () => {
  assert.deepEqual(await findRun(runs, '20260102'), {status: 'several', names: names.slice(1)});
  assert.deepEqual(await findRun(runs, '2027'), {status: 'none', names});
  assert.deepEqual(await findRun(join(runs, 'nowhere'), 'latest'), {status: 'none', names: []});
});
