import assert from 'node:assert/strict';
import {test} from 'node:test';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {sandbox} from '../pipeline.js';

const {pipeline, write} = sandbox({COLUMNS: '80'});

test('nodes lists every type with its summary, within 80 columns', async () => {
  const {status, stdout} = pipeline('nodes');
  assert.equal(status, 0);
  const lines = stdout.split('\n');
  for (const type of await builtinNodes().types())
    assert(
      lines.some((line) => line.startsWith(`${type} `)),
      type,
    );
  for (const line of lines) assert(line.length <= 80, line);
});

test('nodes TYPE shows inputs, params with ranges and defaults, outputs and an example, within 80 columns', () => {
  const {status, stdout} = pipeline('nodes', 'visualise/tsne');
  assert.equal(status, 0);
  for (const part of [
    '\nInputs\n  codes  embedding\n      Codes with `labels`.\n  data  dataset, optional\n',
    '\n  iterations  integer 50..100000 · default 750\n      Steps of gradient descent; a third, at most 250, exaggerate.\n',
    '\nOutputs, in the example\n  figure\n      figure\n  map\n      embedding of test 10,000\n      codes float32 2, labels uint8 in 0..9\n',
    '\nExample\n  map:\n    use: visualise/tsne\n',
  ])
    assert(stdout.includes(part), `${part}\nis not in\n${stdout}`);
  const trainer = pipeline('nodes', 'train/adversarial-autoencoder').stdout;
  assert.match(trainer, /\n {2}encoder {2}list of layers · required\n/);
  assert.match(trainer, /\n {2}optimizers\.encoder {2}optimizer · default \{adam: \{rate: 0\.001\}\}\n/);
  assert.match(trainer, /\nTypes\n {2}list of layers\n {6}list of relu \| [^\n]*\n/);
  for (const line of trainer.split('\nExample\n')[0]?.split('\n') ?? []) assert(line.length <= 80, line);
});

test('nodes shows a plugin, and what is wrong with a name', () => {
  write(
    'blur.ts',
    `import {defineNode, Type} from 'tfpipe';
export const node = defineNode({
  type: 'acme/blur', summary: 'Blurs.', example: 'soft: {use: ./blur.ts, in: digits}',
  params: Type.Object({radius: Type.Integer({minimum: 1, default: 2, description: 'In pixels.'})}, {additionalProperties: false}),
  inputs: {data: {kind: 'dataset', description: 'Images.'}}, usesTensors: false,
  prepare: (_params, {data}) => data, outputs: (data) => ({data}), run: async ({inputs}) => ({data: inputs.data}),
});`,
  );
  assert.equal(
    pipeline('nodes', './blur.ts').stdout,
    `acme/blur
Blurs.

Inputs
  data  dataset
      Images.

Params
  radius  integer ≥ 1 · default 2
      In pixels.

Example
  soft: {use: ./blur.ts, in: digits}
`,
  );
  const said = (name: string): string => pipeline('nodes', name).stderr;
  assert.equal(
    said('visualise/tsnee'),
    'error Expected a node type, got `visualise/tsnee`\n      Did you mean `visualise/tsne`?\n',
  );
  assert.equal(said('./none.ts'), 'error Expected a node type, got `./none.ts`\n      There is no such file.\n');
  write('bad.ts', 'export const node = 3;');
  assert.match(
    said('./bad.ts'),
    /^error Expected node type `\.\/bad\.ts` to load, got a `node` whose `type` is undefined, not string\n$/,
  );
});
