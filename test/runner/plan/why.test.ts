import assert from 'node:assert/strict';
import {test} from 'node:test';
import {differences} from '#tfpipe/runner/plan/why.js';

test('differences stand at the deepest paths that differ, in key order', () => {
  const before = {params: {epochs: 5, layers: ['relu', {dense: 10}]}, code: 'x', gone: 1};
  const after = {params: {epochs: 6, layers: ['relu', {dense: 12}]}, code: 'x', more: {a: 1}};
  assert.deepEqual(differences(before, after), [
    {path: 'params.epochs', before: 5, after: 6},
    {path: 'params.layers.1.dense', before: 10, after: 12},
    {path: 'gone', before: 1, after: undefined},
    {path: 'more', before: undefined, after: {a: 1}},
  ]);
  assert.deepEqual(differences(before, structuredClone(before)), []);
  assert.deepEqual(differences([1], {0: 1}), [{path: '', before: [1], after: {0: 1}}]);
});
