import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {test} from 'node:test';
import {parse} from 'yaml';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {sandbox} from '../pipeline.js';

const {folder, pipeline, write} = sandbox({TFPIPE_DATA: '/nowhere'});
const pipelines = readdirSync('pipelines').filter((name) => name.endsWith('.yaml'));

for (const name of pipelines) {
  test(`smoke runs pipelines/${name}, on no data, and leaves nothing`, () => {
    const {status, stdout, stderr} = pipeline('smoke', resolve('pipelines', name));
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /\nsmoke passed · \d+ stages in [^·]+ · made-up data of at most \d+ examples a split\n$/);
    assert.match(stdout, /\(made up\)/);
    for (const left of ['.tfpipe/store', 'runs']) assert(!existsSync(join(folder, left)), left);
  });
}

test('the examples of all node types make one recipe, which smoke runs', async () => {
  const registry = builtinNodes();
  const examples: string[] = [];
  for (const type of await registry.types()) examples.push((await registry.find(type))?.definition.example ?? '');
  const stages = examples.flatMap((example) => example.split('\n')).map((line) => `  ${line}\n`);
  const text = `name: examples\nstages:\n${stages.join('')}`;
  const used = Object.values((parse(text) as {stages: Record<string, {use: string}>}).stages).map(({use}) => use);
  assert.deepEqual([...new Set(used)].sort(), await registry.types());
  const {status, stdout, stderr} = pipeline('smoke', write('examples.yaml', text));
  assert.equal(status, 0, stdout + stderr);
});

const plugin = (run: string): string => `import {defineNode, Type} from 'tfpipe';
export const node = defineNode({
  type: 'acme/half', summary: 'Half', example: '', params: Type.Object({}), usesTensors: false,
  inputs: {data: {kind: 'dataset', description: 'Any.'}},
  prepare: (_params, {data}) => data,
  outputs: (data) => ({data}),
  run: async ({inputs: {data}}) => { ${run} },
});`;

test('smoke finds what only running shows, at its stage, with exit code 1', () => {
  write('half.ts', plugin("throw new Error('no such split: validate')"));
  const recipe = write(
    'half.yaml',
    'name: half\nstages:\n  digits: {use: load/mnist}\n  half: {use: ./half.ts, in: digits}\n  scaled: {use: normalise/scale, in: half}\n',
  );
  const {status, stdout, stderr} = pipeline('smoke', recipe);
  assert.equal(status, 1, stdout + stderr);
  assert.match(stdout, /✗ half +\.\/half\.ts +failed/);
  assert.match(stderr, /no such split: validate/);
  assert.match(stdout, /smoke failed/);
});
