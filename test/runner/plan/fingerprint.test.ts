import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {fingerprintModule, withoutDescriptions} from '#tfpipe/runner/plan/fingerprint.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-fingerprint-'));
after(() => rm(scratch, {recursive: true, force: true}));
let made = 0;

/** A package of the given files; the fingerprint of its main.js. Each in a folder of its own: files are read once a process. */
async function fingerprint(files: Record<string, string>) {
  const root = join(scratch, `package-${made++}`);
  for (const [name, text] of Object.entries({'package.json': '{"name":"x"}', ...files})) {
    await mkdir(join(root, name, '..'), {recursive: true});
    await writeFile(join(root, name), text);
  }
  return await fingerprintModule(pathToFileURL(join(root, 'main.js')));
}

const files = {
  'main.js':
    "import {a} from './lib/a.js'; export {b} from './b.js'; const c = await import('./c.js'); import fs from 'node:fs';",
  'lib/a.js': "import '../b.js'; export const a = 1;",
  'b.js': "import './main.js'; export const b = 2;",
  'c.js': 'export default 3;',
  'unused.js': 'export default 4;',
};

test('all that is imported counts, by whatever kind of import, once, in a circle too', async () => {
  assert.deepEqual(Object.keys((await fingerprint(files)).files), ['b.js', 'c.js', 'lib/a.js', 'main.js']);
});

test('the digest is the same in another folder', async () => {
  assert.equal((await fingerprint(files)).digest, (await fingerprint(files)).digest);
});

for (const name of ['main.js', 'lib/a.js', 'b.js', 'c.js'] as const) {
  test(`an edit of ${name} changes the digest`, async () => {
    assert.notEqual((await fingerprint({...files, [name]: `${files[name]} // edit`})).digest, (await fingerprint(files)).digest);
  });
}

test('an edit of a file that is not imported changes nothing', async () => {
  assert.equal((await fingerprint({...files, 'unused.js': 'export default 5;'})).digest, (await fingerprint(files)).digest);
});

test('packages count by their version, required ones too', async () => {
  const found = await fingerprint({
    'main.js':
      "import 'alpha/deep.js'; import {createRequire} from 'node:module'; createRequire(import.meta.url)('@scope/beta'); const require = 0; require('@scope/beta');",
    'node_modules/alpha/package.json': '{"version":"1.2.3"}',
    'node_modules/@scope/beta/package.json': '{"version":"4.5.6"}',
  });
  assert.deepEqual(found.packages, {'@scope/beta': '4.5.6', alpha: '1.2.3'});
});

test('the package’s own #names are followed like files', async () => {
  const manifest = '{"name":"x","imports":{"#lib/*":"./lib/*"}}';
  const found = await fingerprint({'package.json': manifest, 'main.js': "import '#lib/a.js';", 'lib/a.js': ''});
  assert.deepEqual(Object.keys(found.files), ['lib/a.js', 'main.js']);
  await assert.rejects(
    fingerprint({'package.json': manifest, 'main.js': "import '#gone';"}),
    /Expected `#gone`, which .*main\.js imports/,
  );
});

test('workers and data files that a module names count; folders and files yet to be made do not', async () => {
  const found = await fingerprint({
    'main.js': `new Worker(new URL('./worker.js', import.meta.url)); new URL("./table.bin", import.meta.url); new URL('../../util', import.meta.url);
      new URL('./lib', import.meta.url); new URL('./later.json', import.meta.url); import data from './data.json' with {type: 'json'};`,
    'worker.js': "import './lib/a.js';",
    'lib/a.js': '',
    'table.bin': 'not { javascript',
    'data.json': '{"a": 1}',
  });
  assert.deepEqual(Object.keys(found.files), ['data.json', 'lib/a.js', 'main.js', 'table.bin', 'worker.js']);
});

test('CommonJS files are followed through require', async () => {
  const found = await fingerprint({
    'main.js': "import './old.cjs';",
    'old.cjs': "require('./helper'); require('node:fs'); require('fs'); // require('./only-in-a-comment')",
    'helper.js': '',
  });
  assert.deepEqual(Object.keys(found.files), ['helper.js', 'main.js', 'old.cjs']);
  assert.deepEqual(found.packages, {});
});

test('what Node brings itself is no package', async () => {
  assert.deepEqual((await fingerprint({'main.js': "import 'fs'; import 'node:path'; import 'fs/promises';"})).packages, {});
});

test('two packages may use different versions of a third', async () => {
  const withVersion = (version: string): Record<string, string> => ({
    'main.js': "import 'alpha';",
    'node_modules/alpha/package.json': `{"version":"${version}"}`,
  });
  assert.deepEqual((await fingerprint(withVersion('1.0.0'))).packages, {alpha: '1.0.0'});
  assert.deepEqual((await fingerprint(withVersion('2.0.0'))).packages, {alpha: '2.0.0'});
  assert.deepEqual((await fingerprint({'main.js': "import 'alpha';"})).packages, {alpha: 'absent'});
});

test('every built-in node has a fingerprint whose paths are relative to this package', async () => {
  const {files, packages} = await fingerprintModule(pathToFileURL(resolve('dist/nodes/train/adversarial-autoencoder.js')));
  assert.ok('dist/nodes/train/adversarial-autoencoder.js' in files);
  assert.ok('dist/core/node.js' in files);
  assert.ok(
    Object.keys(files).every((name) => name.startsWith('dist/')),
    Object.keys(files).join(),
  );
  assert.match(packages['@sinclair/typebox'] ?? '', /^\d/);
});

test('an import that is not there is an error', async () => {
  await assert.rejects(
    fingerprint({'main.js': "import './gone.js';"}),
    /Expected `\.\/gone\.js`, which .*main\.js imports, to be a file, found none/,
  );
});

/** A project with a plugin main.js, and `@acme/lib` beside it: a workspace link where `linked`, else installed. */
async function project(lib: Record<string, string>, {linked, more = {}}: {linked: boolean; more?: Record<string, string>}) {
  const root = join(scratch, `project-${made++}`);
  const home = linked ? 'packages/lib' : 'node_modules/@acme/lib';
  const manifest = '{"name":"@acme/lib","version":"1.0.0","type":"module","exports":"./index.js","dependencies":{"deep":"*"}}';
  const all = {
    'package.json': '{"name":"x"}',
    'main.js': "import {a} from '@acme/lib';",
    ...Object.fromEntries(Object.entries({'package.json': manifest, ...lib}).map(([name, text]) => [`${home}/${name}`, text])),
    ...more,
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(join(root, name, '..'), {recursive: true});
    await writeFile(join(root, name), text);
  }
  if (linked) {
    await mkdir(join(root, 'node_modules/@acme'), {recursive: true});
    await symlink('../../packages/lib', join(root, 'node_modules/@acme/lib'));
  }
  const {digest, packages, files: found} = await fingerprintModule(pathToFileURL(join(root, 'main.js')));
  return {key: JSON.stringify({digest, packages}), packages, files: Object.keys(found)};
}

const lib = {'index.js': "export * from './part.js';", 'part.js': 'export const a = 1;', 'unused.js': ''};

for (const linked of [true, false]) {
  const what = linked ? 'a link into the project' : 'an installed package';

  test(`an edit of what a plugin reaches in ${what} changes the key, its version unchanged; nothing else does`, async () => {
    const before = await project(lib, {linked});
    const home = linked ? 'packages/lib' : '@acme/lib';
    assert.deepEqual(before.files, [`${home}/index.js`, `${home}/part.js`, 'main.js'].sort());
    assert.equal((await project(lib, {linked})).key, before.key);
    assert.notEqual((await project({...lib, 'part.js': 'export const a = 2;'}, {linked})).key, before.key);
    assert.equal((await project({...lib, 'unused.js': 'export {};', 'README.md': '#'}, {linked})).key, before.key);
  });

  test(`a dependency of ${what} counts by its version and by what is reached in it`, async () => {
    const using = {...lib, 'part.js': "import 'deep'; export const a = 1;"};
    const deep = (version: string, text: string) => ({
      'node_modules/deep/package.json': `{"name":"deep","version":"${version}"}`,
      'node_modules/deep/index.js': text,
    });
    const before = await project(using, {linked, more: deep('1.0.0', '')});
    assert.equal(before.packages['deep'], '1.0.0');
    assert.equal((await project(using, {linked, more: deep('1.0.0', '')})).key, before.key);
    assert.notEqual((await project(using, {linked, more: deep('1.0.1', '')})).key, before.key);
    assert.notEqual((await project(using, {linked, more: deep('1.0.0', 'patched;')})).key, before.key);
  });
}

test('our own packages count with all that they depend on', async () => {
  const {packages} = await fingerprintModule(pathToFileURL(resolve('dist/nodes/visualise/curves.js')));
  for (const name of ['vega', 'vega-lite', 'd3-array']) assert.match(packages[name] ?? '', /^\d/, name);
});

test('the English of our params and ports is not code: none of it is left in the text that a key is made of', async () => {
  assert.equal(withoutDescriptions("{description: 'It\\'s', default: 'It'}"), "{description: 0, default: 'It'}");
  const registry = builtinNodes();
  for (const type of await registry.types()) {
    const node = await registry.find(type);
    assert(node);
    const {files} = await fingerprintModule(node.module);
    const texts = Object.keys(files).map((file) => withoutDescriptions(readFileSync(file, 'utf8')));
    const code = texts.join('\n').replaceAll("\\'", "'");
    for (const description of descriptionsIn([node.definition.params, node.definition.inputs]))
      assert.ok(!code.includes(description), `${type}: write it as \`description: '…'\`: ${description}`);
  }
});

/** Every `description` in a schema. */
function descriptionsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === 'description' && typeof part === 'string' ? [part] : descriptionsIn(part),
  );
}
