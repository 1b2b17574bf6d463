/** A plan is made once for a recipe, and anew when anything has changed that it depends on. A plugin tells when it is asked. */
import assert from 'node:assert/strict';
import {rmSync} from 'node:fs';
import {test} from 'node:test';
import {sandbox} from '../cli/pipeline.js';

const box = sandbox();

const helper = (factor: number): string => `export const factor: number = ${factor};\n`;
const plugin = (type: string): string => `
import {factor} from './helper.ts';
process.stderr.write('made anew\\n');
export const node = {type: '${type}', summary: 'Nothing', example: '', params: {type: 'object', properties: {}}, inputs: {},
  usesTensors: false, prepare: () => ({}), outputs: () => ({['by' + factor]: {kind: 'figure'}}), run: async () => ({})};
`;
box.write('package.json', '{}');
box.write('helper.ts', helper(1));
box.write('rows.ts', plugin('acme/rows'));
box.write('base.yaml', 'seed: 3\n');
box.write('recipe.yaml', 'extends: base.yaml\nname: small\nparams: {spare: 1}\nstages:\n  rows: {use: ./rows.ts}\n');

/** What there is to see of a plan, and whether it was made anew. */
function plan(...args: string[]): {readonly anew: boolean; readonly warnings: string; readonly plan: string} {
  const {status, stdout, stderr} = box.pipeline('plan', 'recipe.yaml', '--json', ...args);
  assert.equal(status, 0, stderr + stdout);
  return {anew: stderr.includes('made anew\n'), warnings: stderr.replace('made anew\n', ''), plan: stdout};
}

test('the second plan is the first one, read; its warnings are shown again', () => {
  const first = plan();
  assert.equal(first.anew, true);
  assert.match(first.warnings, /recipe\.yaml:3:\d+ warning/);
  assert.deepEqual(plan(), {...first, anew: false});
});

const edits: Readonly<Record<string, () => unknown>> = {
  'the plugin': () => box.write('rows.ts', plugin('acme/columns')),
  'a file that the plugin imports': () => box.write('helper.ts', helper(2)),
  'a recipe that is extended': () => box.write('base.yaml', 'seed: 4\n'),
};
for (const [what, edit] of Object.entries(edits))
  test(`${what}, changed: the plan is made anew, once`, () => {
    assert.equal(plan().anew, false);
    edit();
    const after = plan();
    assert.equal(after.anew, true);
    assert.deepEqual(plan(), {...after, anew: false});
  });

test('a plugin whose compiled form was removed is compiled again, and is the same', () => {
  rmSync(`${box.folder}/.tfpipe/plugins`, {recursive: true});
  assert.equal(plan().anew, false);
});

test('another param or another seed is another plan', () => {
  assert.equal(plan('--set', 'spare=2').anew, true);
  assert.equal(plan('--set', 'spare=2').anew, false);
});

test('a plugin that is gone is told of, whatever was known', () => {
  rmSync(`${box.folder}/rows.ts`);
  const {status, stderr} = box.pipeline('plan', 'recipe.yaml');
  assert.equal(status, 2);
  assert.match(stderr, /recipe\.yaml:5:15 error/);
});
