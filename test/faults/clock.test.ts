/** A clock that goes backwards, in the coordinator and its workers: an hour each time it is asked. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {computed, faultySandbox, recipe} from './faulty.js';

const box = faultySandbox();
box.write('faulty.yaml', recipe('none'));
box.write('backwards.mjs', 'let now = Date.now(); Date.now = () => (now -= 3_600_000);');
const backwards = {NODE_OPTIONS: `--import ${pathToFileURL(join(box.folder, 'backwards.mjs')).href}`};

test('a clock that goes backwards neither loses results nor computes them twice, and no time is negative', () => {
  Object.assign(process.env, backwards);
  try {
    for (const cached of [0, 4]) {
      const {status, stdout, stderr} = box.pipeline('run', 'faulty.yaml');
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`done · ${cached} of 4 stages cached`));
      assert.doesNotMatch(stdout, /-\d+(\.\d+)? (ms|s|min|h)\b/);
    }
  } finally {
    delete process.env['NODE_OPTIONS'];
  }
  assert.equal(computed(box), 'bflm');
  const events = readFileSync(join(box.folder, 'runs/latest/events.ndjson'), 'utf8').trim().split('\n');
  const last = JSON.parse(events.at(-1) ?? '') as {seconds: number};
  assert.ok(last.seconds > 0 && last.seconds < 60, `${last.seconds} s`);
  assert.equal(box.pipeline('cache', 'verify').status, 0);
  assert.equal(box.pipeline('gc', '--keep-runs', '1').status, 0);
  assert.match(box.pipeline('run', 'faulty.yaml').stdout, /done · 4 of 4 stages cached/);
});
