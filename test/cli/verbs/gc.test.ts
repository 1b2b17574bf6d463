import assert from 'node:assert/strict';
import {chmodSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {computed, faultySandbox, recipe, start, until} from '../../faults/faulty.js';
import type {Sandbox} from '../pipeline.js';

/** Names of the files two levels down in a folder of the store. */
function stored(box: Sandbox, folder: 'blobs' | 'records'): readonly string[] {
  const root = join(box.folder, '.tfpipe/store', folder);
  return readdirSync(root, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A sandbox with runs of three recipes, oldest first, that have nothing in common: four results each. */
function threeRuns(): Sandbox {
  const box = faultySandbox();
  for (const seed of [1, 2, 3]) {
    box.write('faulty.yaml', `seed: ${seed}\n${recipe('none').replaceAll('first}', `first${seed}}`)}`);
    assert.equal(box.pipeline('run', 'faulty.yaml').status, 0);
  }
  assert.equal(stored(box, 'records').length, 12);
  return box;
}

const gc = (box: Sandbox, ...args: string[]): Record<string, number> => {
  const {status, stdout, stderr} = box.pipeline('gc', '--json', ...args);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, number>;
};

test('--keep-runs: what the newest runs used stays, with its content; --dry-run only says what would go', () => {
  const box = threeRuns();
  const before = [stored(box, 'records'), stored(box, 'blobs')];
  const told = gc(box, '--keep-runs', '2', '--dry-run');
  assert.equal(told['results'], 4);
  assert.deepEqual([stored(box, 'records'), stored(box, 'blobs')], before);

  assert.deepEqual(gc(box, '--keep-runs', '2'), told);
  assert.equal(stored(box, 'records').length, 8);
  assert.equal(stored(box, 'blobs').length, (before[1]?.length ?? 0) - (told['blobs'] ?? 0));
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /4 of 4 stages cached/);
  assert.equal(box.pipeline('cache', 'verify').status, 0);
});

test('a result that a kept run took from the cache stays, however old it is', () => {
  const box = threeRuns();
  for (const path of stored(box, 'records')) utimesSync(path, 1, 1);
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /4 of 4 stages cached/);
  assert.equal(gc(box, '--keep-runs', '1')['results'], 8);
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /4 of 4 stages cached/);
});

test('--older-than: only what was not used for so long; using a result makes it young', () => {
  const box = threeRuns();
  assert.equal(gc(box, '--older-than', '1h', '--keep-runs', '0')['results'], 0);
  const hours = Date.now() / 1000 - 7200;
  for (const path of stored(box, 'records')) utimesSync(path, hours, hours);
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /4 of 4 stages cached/);
  assert.equal(gc(box, '--older-than', '1h', '--keep-runs', '0')['results'], 8);
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /4 of 4 stages cached/);
});

test('--max-size: what was used least recently goes first, and no more than has to', () => {
  const box = threeRuns();
  const {left: whole = 0} = gc(box, '--max-size', '1TB', '--keep-runs', '0');
  const old = stored(box, 'records')[5] ?? '';
  utimesSync(old, 1, 1);
  const {results, left = 0} = gc(box, '--max-size', `${whole - 1}B`, '--keep-runs', '0');
  assert.equal(results, 1);
  assert.ok(left < whole);
  assert.ok(!stored(box, 'records').includes(old));
  assert.equal(gc(box, '--max-size', '0', '--keep-runs', '0')['left'], 0);
  assert.deepEqual(stored(box, 'blobs'), []);
});

test('what a running run uses stays, and it ends well', {timeout: 120_000}, async () => {
  const box = faultySandbox();
  box.write('faulty.yaml', recipe('held'));
  const run = start(box, ['run', 'faulty.yaml', '--jobs', '1']);
  await until('the stage that waits', () => computed(box).includes('m'));
  const told = box.pipeline('gc', '--keep-runs', '0');
  assert.match(told.stdout, /^removed 0 results.*in use by a running process/);
  box.write('GO', '');
  assert.equal(await run.ended, 0, run.output());
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /4 of 4 stages cached/);
  assert.equal(computed(box), 'bflm');
});

test('cache verify: each kind of damage is named, set aside, exit code 1; the next run computes what is gone', () => {
  const box = faultySandbox();
  box.write('faulty.yaml', recipe('none'));
  assert.equal(box.pipeline('run', 'faulty.yaml').status, 0);
  const [blob = '', missing = ''] = stored(box, 'blobs');
  const [record = ''] = stored(box, 'records');
  chmodSync(blob, 0o644);
  writeFileSync(
    blob,
    readFileSync(blob).map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
  );
  rmSync(missing);
  writeFileSync(record, readFileSync(record).subarray(0, 50));
  writeFileSync(join(blob, '..', 'notes.txt'), 'not a blob');
  writeFileSync(join(box.folder, '.tfpipe/store/checkpoints', 'f'.repeat(64)), 'torn');

  const {status, stdout} = box.pipeline('cache', 'verify');
  assert.equal(status, 1, stdout);
  for (const what of [
    /✖ blobs.*its content is not what its name says/,
    /✖ blobs.*notes\.txt {2}a file that does not belong here/,
    /✖ records.*the result of `\w+` lacks its `table\.json`/,
    /✖ checkpoints.*a checkpoint that is not whole/,
    /set aside in \.tfpipe\/store\/quarantine/,
  ])
    assert.match(stdout, what);
  assert.equal(box.pipeline('cache', 'verify').status, 0, 'what is damaged is told once');
  assert.equal(box.pipeline('run', 'faulty.yaml').status, 0);
  assert.equal(box.pipeline('cache', 'verify').status, 0);
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /4 of 4 stages cached/);
});

test('gc and cache say what they take', () => {
  const box = faultySandbox();
  for (const [args, sentence] of [
    [['gc'], /Expected --keep-runs, --older-than or --max-size to say what may go, got none/],
    [['gc', '--older-than', 'long'], /Expected --older-than to be a time such as `12h` or `30d`, got `long`/],
    [['gc', '--max-size', 'huge'], /Expected --max-size to be a size such as `500MB` or `5GB`, got `huge`/],
    [['gc', '--keep-runs', '-1'], /keep-runs/],
    [['cache'], /Expected `cache verify`/],
    [['cache', 'verfy'], /Expected `cache verify`, got `cache verfy`/],
  ] as const) {
    const {status, stderr} = box.pipeline(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, sentence);
  }
});
