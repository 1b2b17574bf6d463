import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {test} from 'node:test';

test('a scratch folder goes with its process, also when that fails', () => {
  const script = `import {scratchFolder} from '${import.meta.resolve('./scratch.js')}';
console.log(scratchFolder('one'), scratchFolder('two'));
throw new Error('failed');`;
  const {status, stdout} = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {encoding: 'utf8'});
  assert.equal(status, 1);
  const folders = stdout.trim().split(' ');
  assert.equal(folders.length, 2);
  for (const folder of folders) assert.equal(existsSync(folder), false);
});
