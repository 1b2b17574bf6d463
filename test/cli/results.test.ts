/** What is known of past runs: status, why, runs, diff, peek, export. Nothing here needs TensorFlow. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {PNG} from 'pngjs';
import {testPython} from '#scripts/test-venv.js';
import {sandbox} from './pipeline.js';

const box = sandbox();
const recipe = (changes = ''): string => `name: tinted
params: {high: 1, count: 4}
stages:
  digits: {use: load/mnist, with: {limit: 60}}
  tinted: {use: ./tint.ts, in: digits}
  scaled: {use: normalise/scale, in: tinted, with: {to: [0, '\${high}']}}
  grid: {use: visualise/images, in: scaled, with: {split: test, count: '\${count}'}}
${changes}`;
const helper = (code: string): string => `export const tint = (value: number): number => ${code};\n`;
box.write('tint.yaml', recipe());
box.write('helper.ts', helper('value'));
box.write(
  'tint.ts',
  `import {defineNode, mapDataset, Type} from 'tfpipe';
import {tint} from './helper.ts';
export const node = defineNode({
  type: 'test/tint', summary: 'Tints.', example: '', params: Type.Object({}), usesTensors: false,
  inputs: {data: {kind: 'dataset', description: 'Images.'}},
  prepare: (_params, {data}) => data,
  outputs: (data) => ({data}),
  run: async ({inputs: {data}, context: {report}}) => {
    report.metrics(1, {tint: tint(1)});
    return {data: mapDataset(data, 'images', (images) => ({...images, data: images.data.map(tint)}))};
  },
});
`,
);
const told = (...args: string[]): string => {
  const {status, stdout, stderr} = box.pipeline(...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
const refusal = (...args: string[]): string => {
  const {status, stdout, stderr} = box.pipeline(...args);
  assert.equal(status, 2, stdout + stderr);
  return stderr;
};
const runs: string[] = [];
before(() => {
  assert.match(told('runs'), /^no runs yet\n$/);
  assert.match(refusal('status'), /^error Expected a recipe, since there is no last run\n/);
  for (const args of [[], ['--set', 'high=2']]) told('run', 'tint.yaml', '--quiet', ...args);
  runs.push(...readdirSync(join(box.folder, 'runs')).filter((name) => name !== 'latest'));
  // a second run in the same second ends in -2, which sorts last as well
  runs.sort();
});

test('status: stages that are up to date, and how the last run ended', () => {
  const shown = told('status');
  assert.match(shown, new RegExp(`^tinted · last run ${runs[1]} .*: done after `));
  assert.match(shown, /\nall 4 stages are up to date\n$/);
  assert.match(told('status', 'tint.yaml', '--set', 'count=5'), /\n3 of 4 stages are up to date\n$/);
  assert.match(refusal('status', 'tnt.yaml'), /Did you mean `tint.yaml`/);
});

test('why: params by path, inputs by name, code by file', () => {
  assert.match(told('why', 'grid'), /^grid is cached: computed 2\d{3}-\d\d-\d\d \d\d:\d\d in /);
  assert.match(told('why', 'scaled', '--set', 'high=3'), /^scaled would run: .*\n {2}params\.to\.1 {2}[12] → 3\n$/);
  box.write('helper.ts', helper('value / 2'));
  assert.match(told('why', 'tinted'), /\n {2}code {2}edited\n {4}helper\.js\n$/);
  assert.match(told('why', 'grid'), /^grid depends on `scaled`, which would run\. See: pipeline why scaled\n$/);
  const asJson = JSON.parse(told('why', 'tinted', 'tint.yaml', '--json')) as Record<string, unknown>;
  assert.deepEqual(asJson['files'], [{path: 'helper.js', change: 'changed'}]);
  box.write('helper.ts', helper('value'));
  assert.match(refusal('why', 'grit'), /^error Expected a stage of `tinted`, got `grit`\n {6}Did you mean `grid`\?\n$/);
});

test('runs: filtered, sorted, with columns of params and metrics', () => {
  const ids = (...args: string[]): unknown => (JSON.parse(told('runs', '--json', ...args)) as {id: string}[]).map(({id}) => id);
  assert.deepEqual(ids(), runs);
  assert.deepEqual(ids('--where', 'high>=2'), [runs[1]]);
  assert.deepEqual(ids('--where', 'high<2', '--status', 'done', '--recipe', 'tinted'), [runs[0]]);
  assert.deepEqual(ids('--sort', 'high:desc'), runs.toReversed());
  assert.deepEqual(ids('--limit', '1'), [runs[1]]);
  assert.match(told('runs', '--show', 'tinted.tint'), /stages +tinted\.tint\n.*4 ran, 0 cached {2}1\n.*2 ran, 2 cached {2}1\n$/);
  assert.match(refusal('runs', '--sort', 'tinted.tnt'), /Did you mean `tinted.tint`/);
  assert.match(refusal('runs', '--status', 'dne'), /Did you mean `done`/);
  assert.match(refusal('runs', '--where', 'high'), /^error Expected --where to be NAME, a comparison and a value, got `high`/);
});

test('diff: params, results, values', () => {
  const [first = '', second = ''] = runs;
  const shown = told('diff', first, second, '--stage', 'scaled');
  assert.match(shown, /\nparams\n {2}high {2}1 → 2\n/);
  assert.match(shown, /\nstages\n {2}scaled\.to\.1 {2}1 → 2\n/);
  assert.match(shown, /\n {2}scaled\.data {2}differs \w{8} → \w{8}\n {2}0 of 1 are the same\n/);
  assert.match(shown, /\n {2}data\/test\/images +\d+ of 47040 +1 +\[0, \d+, \d+, 0\] +[\d.]+ → [\d.]+\n/);
  assert.match(shown, /\n {2}data\/test\/labels +same\n/);
  const all = JSON.parse(told('diff', first, 'latest', '--json')) as {results: {edge: string; before: string; after: string}[]};
  const differing = all.results.filter((each) => each.before !== each.after).map(({edge}) => edge);
  // the picture is of grey levels between the range's ends, which is the same
  assert.deepEqual(differing, ['scaled.data']);
  assert.match(refusal('diff', first), /^error Expected two runs, got 1/);
  assert.match(
    refusal('diff', first, 'latest', '--stage', 'scald'),
    /Expected a stage of the runs, got `scald`\n {6}Did you mean `scaled`/,
  );
});

test('peek and export: numpy finds the same figures in what is written', () => {
  told('export', 'scaled', '--format', 'npz', '--out', 'out');
  told('export', 'scaled.data', '--format', 'npy', '--out', 'out');
  told('export', 'scaled', '--out', 'out');
  told('export', 'scaled', '--format', 'csv', '--out', 'out');
  const script = `
import csv, json, sys, numpy as np
from safetensors.numpy import load_file
folder = sys.argv[1]
images = np.load(folder + '/data-test.npz')['images']
assert (images == np.load(folder + '/data-test-images.npy')).all()
held = load_file(folder + '/data-test.safetensors')
assert (images == held['images']).all()
labels = [row['labels'] for row in csv.DictReader(open(folder + '/data-test-labels.csv', newline=''))]
assert labels == [str(label) for label in held['labels']]
wide = images.astype('float64')
print(json.dumps({'shape': images.shape, 'min': wide.min(), 'max': wide.max(), 'mean': wide.mean(), 'deviation': wide.std()}))`;
  const python = JSON.parse(execFileSync(testPython(), ['-c', script, join(box.folder, 'out')], {encoding: 'utf8'})) as {
    shape: number[];
    [figure: string]: number | number[];
  };
  const [shown] = JSON.parse(
    told('peek', 'scaled', '--split', 'test', '--tensor', 'images', '--png', 'images.png', '--json'),
  ) as {
    shape: number[];
    statistics: Record<string, number>;
  }[];
  assert.deepEqual(shown?.shape, python.shape);
  for (const figure of ['min', 'max', 'mean', 'deviation'])
    assert(Math.abs((shown?.statistics[figure] ?? Number.NaN) - Number(python[figure])) < 1e-9, figure);
  const {width} = PNG.sync.read(readFileSync(join(box.folder, 'images.png')));
  assert(width > 8 * 56);
  assert.match(told('peek', 'scaled'), /\n {2}test\/images +float32 \[60, 28, 28, 1\] +0 +2 +0\.\d+ +0\.\d+ +0\n/);
});

test('export: a figure as PNG; what has no such form, and wrong names, are told with exit code 2', () => {
  assert.match(told('export', 'grid'), /^exported\/grid\/figure\.png /);
  assert(PNG.sync.read(readFileSync(join(box.folder, 'exported', 'grid', 'figure.png'))).width > 0);
  assert.match(refusal('export', 'grid', '-f', 'npy'), /Expected a format for `grid`, got `npy`: `figure` is a figure/);
  assert.match(refusal('export', 'grid', '-f', 'npyz'), /Did you mean `npy`/);
  assert.match(refusal('peek', 'scaled.dta'), /^error Expected an output of `scaled`, got `dta`\n {6}Did you mean `data`/);
  assert.match(refusal('peek', 'scaled', '--tensor', 'image'), /Expected a part of `scaled`, got `image`/);
});
