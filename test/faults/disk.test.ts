/** A disk that is full, then has room, then is read-only: a real one, a small tmpfs in a mount namespace of its own. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {test} from 'node:test';
import {sandbox} from '../cli/pipeline.js';

const plugin = `import {defineNode, Type} from 'tfpipe';
export const node = defineNode({
  type: 'test/text', summary: 'Text.', example: 's: {use: ./text.ts}', usesTensors: false,
  params: Type.Object({megabytes: Type.Number()}),
  inputs: {before: {kind: 'table', description: 'Text before.', optional: true}},
  prepare: (params) => params,
  outputs: () => ({text: {kind: 'table', columns: ['text']} as const}),
  run: async ({prepared: {megabytes}}) => ({text: {kind: 'table', columns: {text: ['x'.repeat(megabytes * 2 ** 20)]}}}),
});
`;
const recipe = (last: number): string => `name: texts
stages:
  small: {use: ./text.ts, with: {megabytes: 0.1}}
  large: {use: ./text.ts, in: small, with: {megabytes: 8}}
  last: {use: ./text.ts, in: large, with: {megabytes: ${last}}}
`;

const box = sandbox();
const disk = join(box.folder, 'disk');
mkdirSync(disk);
box.write('text.ts', plugin);
box.write('texts.yaml', recipe(1));
box.write('other.yaml', recipe(2));

const inNamespace = (script: string) =>
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script], {
    cwd: box.folder,
    encoding: 'utf8',
    env: {...process.env, NO_COLOR: '1'},
  });
const skip = inNamespace(`mount -t tmpfs small ${disk}`).status === 0 ? false : 'no mount namespaces here';

const run = (name: string): string =>
  `${process.execPath} ${resolve('bin/pipeline.js')} run ${name} --store disk/store --jobs 1 2>&1; echo "exit code $?"`;

test('a full disk fails the stage in one sentence; with room again the rest is computed; read-only it still serves', {
  skip,
}, () => {
  const parts = [
    `mount -t tmpfs -o size=4m small ${disk}`,
    run('texts.yaml'),
    `echo; find disk/store/tmp disk/store/leases disk/store/quarantine -type f; mount -o remount,size=64m ${disk}`,
    run('texts.yaml'),
    `mount -o remount,ro ${disk}`,
    run('texts.yaml'),
    run('other.yaml'),
  ];
  const {stdout} = inNamespace(parts.join('; echo "-----"; '));
  const [, full = '', left = '', room = '', , cached = '', refused = ''] = stdout.split('-----\n');

  assert.match(full, /small .*\n/);
  assert.match(
    full,
    /Expected the store `.*disk\/store` to be usable, but the disk is full: free some space, or choose another folder/,
  );
  assert.match(full, /exit code 1/);
  assert.equal(left.trim(), '', 'nothing half-written stays');

  assert.match(room, /small .*cached/);
  assert.match(room, /2 of 3|1 of 3 stages cached/);
  assert.match(room, /exit code 0/);

  assert.match(cached, /3 of 3 stages cached/);
  assert.match(cached, /exit code 0/);

  assert.match(refused, /it is on a read-only file system: make it writable, or choose another folder/);
  assert.match(refused, /exit code [12]/);
  assert.doesNotMatch(stdout, /\n\s+at /, 'no stack trace of ours');
});
