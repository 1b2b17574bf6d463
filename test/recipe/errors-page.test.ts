import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {diagnosticCodes} from '#tfpipe/recipe/problems.js';

test('docs/errors.md explains every code, and no other', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  const documented = Array.from(page.matchAll(/^### `([a-z-]+)`$/gm), (match) => match[1]);
  assert.deepEqual([...documented].sort(), [...diagnosticCodes].sort());
});
