import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';

test('schemas, node pages and lists of modules are those that the definitions give', () => {
  const result = spawnSync(process.execPath, ['scripts/generate.js', '--check'], {encoding: 'utf8'});
  assert.equal(result.stdout, '', 'run `npm run generate` and commit what it wrote');
  assert.equal(result.status, 0, result.stderr);
});
