// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
/** docs/plugins.md by the letter: its files, its commands, and what it says of them. */
import assert from 'node:assert/strict';
import {readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {Ajv} from 'ajv';
import {parse} from 'yaml';
import {readSafetensors} from '#tfpipe/tensor/safetensors.js';
import {sandbox} from './pipeline.js';

const page = readFileSync('docs/plugins.md', 'utf8');
const files = new Map(
  Array.from(page.matchAll(/^```(?:ts|yaml)\n((?:\/\/|#) (\S+)\n[\s\S]*?)^```/gm), ([, text = '', name = '']) => [name, text]),
);
const box = sandbox();
before(() => {
  for (const [name, text] of files) box.write(name, text);
});

const filter = files.get('nodes/box-filter.ts') ?? '';
const finished = (...args: string[]): readonly unknown[] =>
  box.events('blurred.yaml', ...args).flatMap(({type, stage}) => (type === 'stage-finished' ? [stage] : []));

/** A file of the plugin with one edit. */
function edit(name: string, from: string, to: string): void {
  const text = files.get(name) ?? '';
  assert(text.includes(from), `${name} has \`${from}\``);
  box.write(name, text.replace(from, to));
}

test('plugins page: a param out of range is told as the page shows it', () => {
  assert.deepEqual([...files.keys()], ['nodes/box-filter.ts', 'nodes/blur.ts', 'blurred.yaml']);
  const [, args = '', told] = /^\$ npx pipeline (.*)\n([\s\S]*?)^```/m.exec(page) ?? [];
  const {status, stdout, stderr} = box.pipeline(...args.split(' '));
  assert.equal(status, 2);
  assert.equal(stdout + stderr, told);
});

test('plugins page: what the plugin reports of types stands at its param', () => {
  const {status, stdout} = box.pipeline('validate', 'blurred.yaml', '--set', 'stages.soft.with.tensor=labels');
  assert.equal(status, 2);
  assert.match(stdout, /^--set:1:25 error type-mismatch {2}Expected `labels` to be pictures, got shape \[500\]$/m);
});

test('plugins page: smoke runs it; a run computes means of neighbours; a second run takes all from the cache', async () => {
  const smoke = box.pipeline('smoke', 'blurred.yaml');
  assert.equal(smoke.status, 0, smoke.stdout + smoke.stderr);

  assert.deepEqual(finished(), ['digits', 'soft', 'scaled']);
  const images = async (stage: string) => {
    const {tensors} = await readSafetensors(join(box.folder, 'runs/latest/artifacts', stage, 'data/train.safetensors'));
    return tensors['images']?.data ?? [];
  };
  const [digits, soft] = [await images('digits'), await images('soft')];
  const [row, column] = [10, 14];
  const around = Array.from({length: 25}, (_, at) => Number(digits[(row + Math.floor(at / 5) - 2) * 28 + column + (at % 5) - 2]));
  const mean = around.reduce((sum, value) => sum + value) / 25;
  assert(mean > 0);
  assert.equal(soft[row * 28 + column], Math.fround(mean));

  assert.deepEqual(finished(), []);
});

test('plugins page: a param or the code reruns the stage; a comment or a type does not', () => {
  assert.deepEqual(finished('--set', 'radius=1'), ['soft', 'scaled']);
  box.write('nodes/box-filter.ts', `// a comment\ntype Unused = string;\n${filter}`);
  assert.deepEqual(finished(), []);

  edit('nodes/box-filter.ts', '= sum / count', '= (2 * sum) / (2 * count)');
  assert.deepEqual(finished(), ['soft'], 'and what comes after it is spared, since the bytes are the same');
  box.write('nodes/box-filter.ts', filter);
});

test('plugins page: a crash names the plugin, the message and the place in its source', () => {
  const line = filter.split('\n').findIndex((each) => each.includes('const [examples = 0'));
  edit(
    'nodes/box-filter.ts',
    '  const [examples = 0',
    "  throw new RangeError('no kernel of this size');\n  const [examples = 0",
  );
  const {status, stdout, stderr} = box.pipeline('run', 'blurred.yaml');
  box.write('nodes/box-filter.ts', filter);
  assert.equal(status, 1);
  const told = `\`./nodes/blur.ts\` threw RangeError: no kernel of this size (nodes/box-filter.ts:${line + 1}:9)`;
  assert((stdout + stderr).includes(told), stdout + stderr);
  assert.doesNotMatch(stdout + stderr, /\n\s+at /);
  const [shown = ''] = /`\.\/nodes\/blur\.ts` threw .*/.exec(page) ?? [];
  assert.equal(shown.replace(/:\d+:\d+\)$/, ''), told.replace(/:\d+:\d+\)$/, ''));
});

test('plugins page: what does not compile is told at its `use`', () => {
  edit('nodes/blur.ts', 'run: async', 'run async');
  const {status, stdout} = box.pipeline('validate', 'blurred.yaml');
  box.write('nodes/blur.ts', files.get('nodes/blur.ts') ?? '');
  assert.equal(status, 2);
  assert.match(stdout, /^blurred\.yaml:6:15 error broken-node .*`\.\/nodes\/blur\.ts` to load, got .*blur\.ts:\d+:\d+ /m);
});

test('plugins page: the schema for editors has the plugin and its params', () => {
  const {status, stdout} = box.pipeline('nodes', '--schema', './nodes/blur.ts');
  assert.equal(status, 0);
  const validate = new Ajv({strict: false}).compile(JSON.parse(stdout) as object);
  const text = files.get('blurred.yaml') ?? '';
  assert(validate(parse(text)), JSON.stringify(validate.errors));
  assert.equal(validate(parse(text.replace("radius: '${radius}'", 'radios: 2'))), false);
  assert.equal(validate(parse(text.replace("'${radius}'", '20'))), false);
  assert.equal(validate(parse(text.replace(', in: digits', ''))), false);
});

test('plugins page: a package gives node types by name', () => {
  const {status, stdout} = box.pipeline('nodes', './nodes/blur.ts');
  assert.equal(status, 0);
  assert.match(stdout, /^acme\/blur\n/);
  const compiled = `import {defineNode, Type} from 'tfpipe';
export const node = defineNode({type: 'acme/pass', summary: 'Passes.', example: '', params: Type.Object({n: Type.Integer()}),
  inputs: {data: {kind: 'dataset', description: 'Any.'}}, usesTensors: false,
  prepare: (_params, {data}) => data, outputs: (data) => ({data}), run: async ({inputs}) => ({data: inputs.data})});\n`;
  box.write('node_modules/acme-nodes/package.json', '{"name": "acme-nodes", "version": "1.2.3", "type": "module"}');
  box.write('node_modules/acme-nodes/pass.js', compiled);
  symlinkSync(process.cwd(), join(box.folder, 'node_modules/tfpipe'));
  box.write(
    'package.yaml',
    'name: package\nstages:\n  digits: {use: load/mnist, with: {limit: 500}}\n  same: {use: acme-nodes/pass, in: digits, with: {n: 1.5}}\n  scaled: {use: normalise/scale, in: same}\n',
  );
  const wrong = box.pipeline('validate', 'package.yaml');
  assert.match(wrong.stdout, /^package\.yaml:4:54 error wrong-type {2}Expected `n` to be an integer, got `1\.5`/m);
  const run = box.pipeline('run', 'package.yaml', '--set', 'same.n=1');
  assert.equal(run.status, 0, run.stdout + run.stderr);
});
