import assert from 'node:assert/strict';
import {test} from 'node:test';
import {flattenParams, mlflowName} from '#tfpipe/trackers/mlflow/names.js';

test('names keep what MLflow allows and lose the rest', () => {
  assert.equal(mlflowName('validation/reconstructionLoss'), 'validation/reconstructionLoss');
  assert.equal(mlflowName('svm@C=1'), 'svm_C_1');
  assert.equal(mlflowName('größe'), 'größe');
});

test('names are normal paths, as MLflow asks', () => {
  for (const [name, kept] of [
    ['..', '_'],
    ['/a', '_/a'],
    ['a//b/', 'a/_/b/_'],
    ['a/./b', 'a/_/b'],
    ['a.b/..c', 'a.b/..c'],
    ['', '_'],
  ] as const)
    assert.equal(mlflowName(name), kept, name);
});

test('params whose names MLflow’s letters make one stay apart', () => {
  const run = {recipe: {name: 'r', path: 'r.yaml', seed: 3, params: {'a!': 1, 'a?': 2, a: Number.NaN}}, stages: []};
  const flat = flattenParams(run);
  assert.deepEqual(
    flat.map(({value}) => value),
    ['1', '2', 'NaN', '3'],
  );
  assert.equal(new Set(flat.map(({key}) => key)).size, 4);
});

test('no half of a surrogate pair is sent: cut names and values end before it', () => {
  const emoji = `a${'🙂'.repeat(4000)}`;
  const run = {recipe: {name: 'r', path: 'r.yaml', seed: 3, params: {[`a${'𝒳'.repeat(200)}`]: emoji}}, stages: []};
  for (const {key, value} of flattenParams(run)) assert.doesNotMatch(key + value, /\p{Surrogate}/u);
});

test('long names stay apart', () => {
  const [a, b] = [mlflowName(`${'x'.repeat(300)}a`), mlflowName(`${'x'.repeat(300)}b`)];
  assert.equal(a.length, 250);
  assert.notEqual(a, b);
});

test('params are flattened by path, and a value that is too long is cut with a note', () => {
  const run = {
    recipe: {name: 'r', path: 'r.yaml', seed: 3, params: {rate: 0.5, list: [1, {a: null}], text: 'y'.repeat(7000)}},
    stages: [{name: 's', use: 'load/mnist', with: {empty: [], flag: true}, after: []}],
  };
  const flat = Object.fromEntries(flattenParams(run).map(({key, value}) => [key, value]));
  assert.equal(flat['text']?.length, 5979);
  assert.match(flat['text'] ?? '', /… \(7000 characters\)$/);
  delete flat['text'];
  assert.deepEqual(flat, {
    rate: '0.5',
    'list.0': '1',
    'list.1.a': 'null',
    seed: '3',
    's.use': 'load/mnist',
    's.empty': '[]',
    's.flag': 'true',
  });
});
