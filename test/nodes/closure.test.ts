import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {closures, formatClosures, parseClosures} from '#scripts/closure.js';

const golden = readFileSync('test/nodes/closure.txt', 'utf8');
const hint = 'if this import is worth what it costs, run `npm run generate` and commit test/nodes/closure.txt';

test('the key of each node type covers the modules and packages listed in closure.txt, and no others', async () => {
  const listed = parseClosures(golden);
  const found = await closures();
  assert.deepEqual([...found.keys()], [...listed.keys()], hint);
  for (const [type, modules] of found) {
    const before = listed.get(type) ?? [];
    const gained = modules.filter((name) => !before.includes(name));
    const lost = before.filter((name) => !modules.includes(name));
    assert.deepEqual({type, gained, lost}, {type, gained: [], lost: []}, `${type} gained ${gained}; lost ${lost}; ${hint}`);
  }
});

test('the list reads back as it was written', () => {
  assert.equal(formatClosures(parseClosures(golden)), golden);
});
