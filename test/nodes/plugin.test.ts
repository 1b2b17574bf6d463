import assert from 'node:assert/strict';
import {existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {type FoundPlugin, findPlugin} from '#tfpipe/nodes/plugin.js';
import {fingerprintModule} from '#tfpipe/runner/plan/fingerprint.js';

const plugin = (summary: string): string => `
// A plugin as its author writes it: types, and a helper beside it.
import {defineNode, type Report, Type} from 'tfpipe';
import {twice} from './deep/helper.ts';

interface Shape { readonly rows: number }
const shape: Shape = {rows: twice(2)};
export const node = defineNode({
  type: 'acme/rows',
  summary: ${JSON.stringify(summary)},
  example: 'rows: {use: ./rows.ts}',
  params: Type.Object({n: Type.Integer({default: shape.rows})}),
  inputs: {},
  usesTensors: false,
  prepare: (params, _types, _report: Report) => params,
  outputs: () => ({figure: {kind: 'figure'} as const}),
  run: async () => { throw new Error('never runs'); },
});
`;
const plain = `export const node = {type: 'acme/plain', summary: 'Plain', example: '', params: {type: 'object', properties: {}},
  inputs: {}, usesTensors: false, prepare: () => ({}), outputs: () => ({}), run: async () => ({})};\n`;

function project(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): {folder: string; write: (name: string, text: string) => void} {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tfpipe-plugin-')));
  t.after(() => rmSync(folder, {recursive: true}));
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), {recursive: true});
    writeFileSync(join(folder, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {folder, write};
}

function found(plugin: FoundPlugin): Extract<FoundPlugin, {status: 'found'}>['node'] {
  assert.equal(plugin.status, 'found', JSON.stringify(plugin));
  return (plugin as Extract<FoundPlugin, {status: 'found'}>).node;
}

test('a TypeScript plugin with a helper; an edit of either is another module with another fingerprint, a comment is not', async (t) => {
  const {folder, write} = project(t, {
    'rows.ts': plugin('Rows'),
    'deep/helper.ts': 'export const twice = (n: number): number => 2 * n;',
  });
  const load = async () => found(await findPlugin('./rows.ts', folder));
  const first = await load();
  assert.deepEqual(first.plugin, {folder});
  assert.equal(first.definition.type, 'acme/rows');
  assert.equal(first.definition.params.properties['n']?.['default'], 4);
  const code = await fingerprintModule(first.module);
  const isOurs = (path: string): boolean => path.startsWith('tfpipe/dist/');
  const [ours, own] = [Object.keys(code.files).filter(isOurs), Object.keys(code.files).filter((path) => !isOurs(path))];
  assert.deepEqual(own, ['deep/helper.js', 'rows.js']);
  assert.ok(ours.includes('tfpipe/dist/nodes/plugin-api.js'));
  assert.equal((await load()).module.href, first.module.href);

  write('deep/helper.ts', 'export const twice = (n: number): number => 2 * n; // two times');
  assert.equal((await fingerprintModule((await load()).module)).digest, code.digest);
  write('deep/helper.ts', 'export const twice = (n: number): number => 3 * n;');
  const old = new Date(Date.now() - 31 * 86_400_000);
  utimesSync(dirname(fileURLToPath(first.module)), old, old);
  const edited = await load();
  assert.equal(existsSync(first.module), false, 'what an edit left behind a month ago is removed');
  assert.equal(edited.definition.params.properties['n']?.['default'], 6);
  assert.notEqual((await fingerprintModule(edited.module)).digest, code.digest);
});

test('a JavaScript plugin, from the folder above the recipe, within the project', async (t) => {
  const {folder} = project(t, {'package.json': '{}', 'nodes/plain.js': plain, 'pipelines/x.yaml': ''});
  assert.equal(found(await findPlugin('../nodes/plain.js', join(folder, 'pipelines'))).definition.type, 'acme/plain');
});

test('a plugin stays in the project: neither `..` nor a link leads out', async (t) => {
  const {folder: outside} = project(t, {'evil.js': plain});
  const {folder} = project(t, {'recipe.yaml': ''});
  symlinkSync(join(outside, 'evil.js'), join(folder, 'linked.js'));
  symlinkSync(outside, join(folder, 'linked'));
  for (const use of [
    './linked.js',
    './linked/evil.js',
    `../${outside.split('/').at(-1)}/evil.js`,
    '../none.js',
    './a\0.js',
    '.\\a.js',
  ])
    assert.equal((await findPlugin(use, folder)).status, 'refused', use);
});

test('plugins of packages: a file, `exports`, conditions, patterns; never out of the package', async (t) => {
  const {folder} = project(t, {
    'node_modules/plain/package.json': '{"type": "module"}',
    'node_modules/plain/rows.js': plain,
    'node_modules/@acme/nodes/package.json': JSON.stringify({
      type: 'module',
      exports: {
        './one': {require: './no.cjs', import: './dist/one.js'},
        './more/*': './dist/*.js',
        './out': './../../../evil.js',
      },
    }),
    'node_modules/@acme/nodes/dist/one.js': plain,
    'node_modules/@acme/nodes/dist/two.js': plain,
    'node_modules/@acme/nodes/hidden.js': plain,
    'evil.js': plain,
  });
  const from = join(folder, 'pipelines');
  mkdirSync(from);
  for (const use of ['plain/rows', 'plain/rows.js', '@acme/nodes/one', '@acme/nodes/more/two'])
    assert.equal(found(await findPlugin(use, from)).definition.type, 'acme/plain', use);
  for (const use of [
    'plain/none',
    '@acme/nodes/hidden',
    '@acme/nodes/hidden.js',
    'plain/../../evil.js',
    'none/node',
    'plain',
    '',
  ])
    assert.equal((await findPlugin(use, from)).status, 'absent', use);
  assert.equal((await findPlugin('@acme/nodes/out', from)).status, 'broken');
});

test('many processes may ask for a plugin at once', async (t) => {
  const {folder} = project(t, {
    'rows.ts': plugin('Rows'),
    'deep/helper.ts': 'export const twice = (n: number): number => 2 * n;',
  });
  const all = await Promise.all([1, 2, 3].map(() => findPlugin('./rows.ts', folder)));
  assert.equal(new Set(all.map((each) => found(each).module.href)).size, 1);
});
