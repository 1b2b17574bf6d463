import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {test} from 'node:test';
import {Ajv} from 'ajv';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {ownKeywords} from '#tfpipe/recipe/check/params.js';

const registry = builtinNodes();
const types = await registry.types();

test('the registry lists every file in a group of src/nodes', () => {
  const groups = readdirSync('src/nodes', {withFileTypes: true}).filter((entry) => entry.isDirectory());
  const files = groups.flatMap(({name}) =>
    readdirSync(`src/nodes/${name}`).map((file) => `${name}/${file.replace(/\.ts$/, '')}`),
  );
  assert.deepEqual(types, files.sort());
});

for (const type of types) {
  test(`${type}: path is name, in code and tests; its schema is valid`, async () => {
    const found = await registry.find(type);
    assert(found);
    const {definition, module} = found;
    assert.equal(definition.type, type);
    assert(module.href.endsWith(`/nodes/${type}.js`));
    assert(existsSync(`test/nodes/${type}.test.ts`), `test/nodes/${type}.test.ts is missing`);
    // The loader compiles without checking schemas against the meta-schema, because of this check.
    const ajv = new Ajv({strict: true, strictTypes: false, strictTuples: false, useDefaults: true}).addVocabulary([
      ...ownKeywords,
    ]);
    assert.doesNotThrow(() => ajv.compile(definition.params));
    assert.equal(definition.params['additionalProperties'], false, 'unknown keys must be errors');
  });
}

test('names that are no node types are not found, and lead nowhere', async () => {
  for (const name of [
    '',
    'load',
    'load/',
    'load/nothing',
    '../nodes/load/mnist',
    'load/../load/mnist',
    'Load/mnist',
    'load/mnist.js',
    'load//mnist',
    '/etc/passwd',
    'load/%2e%2e',
    'load/mnist\0',
  ]) {
    assert.equal(await registry.find(name), undefined, name);
  }
});
