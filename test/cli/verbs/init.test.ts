import assert from 'node:assert/strict';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {test} from 'node:test';
import {sandbox} from '../pipeline.js';

const {folder, pipeline, write} = sandbox();
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

test('init writes a valid recipe, named after its file, whose schema is found from where it lies', () => {
  for (const [path, name] of [
    ['recipe.yaml', 'recipe'],
    ['deep/er/My First_recipe.yml', 'my-first-recipe'],
    ['über.yaml', 'ber'],
  ] as const) {
    const {status, stdout, stderr} = path === 'recipe.yaml' ? pipeline('init') : pipeline('init', path);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `wrote ${path}\nnext: npx pipeline run ${path}\n`);
    assert.match(read(path), new RegExp(`^name: ${name}$`, 'm'));
    const schema = /\$schema=(.*)$/m.exec(read(path))?.[1] ?? '';
    assert(existsSync(resolve(dirname(join(folder, path)), schema)), schema);
    assert.doesNotMatch(read(path), /starter/);
    assert.equal(pipeline('validate', path).status, 0);
  }
});

test('init never replaces a file unless told to', () => {
  write('mine.yaml', 'mine');
  const refused = pipeline('init', 'mine.yaml');
  assert.equal(refused.status, 2);
  assert.equal(
    refused.stderr,
    'error Expected `mine.yaml` to be a new file, but it is there already\n      Pass --force to replace it.\n',
  );
  assert.equal(read('mine.yaml'), 'mine');
  assert.equal(pipeline('init', 'mine.yaml', '--force').status, 0);
  assert.match(read('mine.yaml'), /^name: mine$/m);
});

test('init says what is wrong with a place', () => {
  mkdirSync(join(folder, 'folder.yaml'));
  const said = (...args: string[]): string => pipeline('init', ...args).stderr.split('\n')[0] ?? '';
  assert.equal(said('recipe.txt'), 'error Expected a file that ends in `.yaml`, got `recipe.txt`');
  assert.equal(said('a.yaml', 'b.yaml'), 'error Expected one file, got `a.yaml` and `b.yaml`');
  assert.equal(said('folder.yaml', '--force'), 'error Expected `folder.yaml` to be a place to write to, got EISDIR');
  write('file', '');
  assert.match(said('file/a.yaml'), /^error Expected `file\/a\.yaml` to be a place to write to, got E/);
});
