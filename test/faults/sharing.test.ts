/** Many runs at once on one store. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {childrenOf, computed, faultySandbox, isAlive, recipe, start, until} from './faulty.js';

test('eight runs at once on one store: each stage is computed once, every run is done with the same result', {
  timeout: 240_000,
}, async () => {
  const box = faultySandbox();
  box.write('faulty.yaml', recipe('slow'));
  const runs = Array.from({length: 8}, (_, index) => start(box, ['run', 'faulty.yaml', '--runs', `runs-${index}`]));
  for (const {ended, output} of runs) assert.equal(await ended, 0, output());
  assert.equal(computed(box), 'bflm');
  const results = runs.map((_, index) => digests(join(box.folder, `runs-${index}`, 'latest')));
  for (const result of results) assert.deepEqual(result, results[0]);
  assert.equal(results[0]?.length, 4);
  const verified = box.pipeline('cache', 'verify');
  assert.match(verified.stdout, /^4 results, 4 files, 0 checkpoints: .*all whole/);
  for (const folder of ['leases', 'pins', 'tmp'])
    assert.deepEqual(readdirSync(join(box.folder, '.tfpipe/store', folder)), [], folder);
});

/** Stages with the digests of what they gave, of a run's journal. */
function digests(run: string): readonly string[] {
  return readFileSync(join(run, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as {type: string; stage: string; outputs?: Record<string, {digest: string}>})
    .filter(({outputs}) => outputs !== undefined)
    .map(({stage, outputs}) => `${stage} ${outputs?.['words']?.digest}`)
    .sort();
}

test('a run that waits for another’s stage takes it over when the other is killed', {timeout: 120_000}, async () => {
  const box = faultySandbox();
  box.write('faulty.yaml', recipe('stuck'));
  const first = start(box, ['run', 'faulty.yaml', '--jobs', '1']);
  await until('the stage', () => computed(box).includes('m'));
  const second = start(box, ['run', 'faulty.yaml', '--jobs', '1', '--runs', 'others']);
  await until('the second run to wait', () => /another run computes it/.test(second.output()));
  const workers = childrenOf(first.process.pid);
  first.process.kill('SIGKILL');
  assert.equal(await second.ended, 0, second.output());
  await until('the end of the first run’s workers', () => !workers.some(isAlive));
  assert.equal(computed(box).replace('b', '').replace('f', ''), 'lmm');
});
