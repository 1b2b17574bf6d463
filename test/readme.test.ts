import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import {test} from 'node:test';
import {sandbox} from './cli/pipeline.js';

const readme = readFileSync('README.md', 'utf8');

test('the README’s recipe is valid, and its wrong command line is told what the README says', () => {
  const [, recipe = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
  const box = sandbox();
  box.write('small.yaml', recipe);
  assert.equal(box.pipeline('validate', 'small.yaml').stdout, 'valid small.yaml · 5 stages\n');
  const [, args = '', told] = /\$ npx pipeline (.*)\n([\s\S]*?)```/.exec(readme) ?? [];
  const {status, stderr} = box.pipeline(...args.split(' '));
  assert.equal(status, 2);
  assert.equal(stderr, told);
  rmSync(box.folder, {recursive: true, force: true});
});

test('every recipe in pipelines/ is valid', () => {
  const {status, stderr} = sandbox().pipeline(
    'validate',
    ...['aae-supervised', 'aae-unsupervised'].map((name) => `${process.cwd()}/pipelines/${name}.yaml`),
  );
  assert.equal(status, 0, stderr);
});
