import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

/** Files that hold types, a map of members, or a compiled blob. */
const isWithoutLogic = (file: string, text: string): boolean =>
  file.endsWith('.d.ts') ||
  /(^|\/)index\.ts$/.test(file) ||
  file.startsWith('wasm/kernels/') ||
  !/^(export )?(async )?(function|class)\b|=>|\bclass\b/m.test(text.replace(/^import[^;]*;$/gm, ''));

test('a file of src with logic has its test at the same path, or stands in without-test.txt, which only shrinks', () => {
  const files = readdirSync('src', {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.ts'));
  const lacking = files.filter((file) => {
    if (isWithoutLogic(file, readFileSync(join('src', file), 'utf8'))) return false;
    return !existsSync(join('test', file.replace(/\.ts$/, '.test.ts')));
  });
  const listed = readFileSync('test/without-test.txt', 'utf8').trim().split('\n');
  const gone = listed.filter((file) => !lacking.includes(file));
  assert.deepEqual(gone, [], 'these have a test now, or are gone: take them out of test/without-test.txt');
  const added = lacking.filter((file) => !listed.includes(file));
  assert.deepEqual(added, [], 'write test/<the same path>.test.ts for these');
});
