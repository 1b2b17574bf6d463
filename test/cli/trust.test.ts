/** verify --rerun and reproduce, on a plugin that can be made to differ. Nothing here needs TensorFlow. */
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {sandbox} from './pipeline.js';

const box = sandbox();
box.write(
  'noisy.yaml',
  `name: noisy
stages:
  digits: {use: load/mnist, with: {limit: 40}}
  noisy: {use: ./noise.ts, in: digits}
  scaled: {use: normalise/scale, in: noisy}
  grid: {use: visualise/images, in: scaled, with: {split: test, count: 4}}
`,
);
/** A node whose first pixel is the value of an expression. */
const noise = (expression: string): string => `import {readFileSync, writeFileSync} from 'node:fs';
import {defineNode, mapDataset, Type} from 'tfpipe';
const noise = () => ${expression};
export const node = defineNode({
  type: 'test/noise', summary: 'Noise.', example: '', params: Type.Object({}), usesTensors: false,
  inputs: {data: {kind: 'dataset', description: 'Images.'}},
  prepare: (_params, {data}) => data,
  outputs: (data) => ({data}),
  run: async ({inputs: {data}}) => {
    const value = noise();
    return {data: mapDataset(data, 'images', (images) => ({...images, data: images.data.map((each, at) => (at === 0 ? value : each))}))};
  },
});
`;
const counting =
  "{ let n = 1; try { n += Number(readFileSync('count', 'utf8')); } catch {} writeFileSync('count', String(n)); return n; }";
const told = (code: number, ...args: string[]): string => {
  const {status, stdout, stderr} = box.pipeline(...args);
  assert.equal(status, code, stdout + stderr);
  return stdout + stderr;
};

test('verify --rerun: a stage that gives the same bytes twice, and one that does not, whose later hits say so', () => {
  box.write('noise.ts', noise('3'));
  assert.match(told(0, 'verify', 'noisy.yaml', '--rerun', 'noisy'), /\ndeterministic · `noisy` gave the same bytes twice\n$/);
  box.write('noise.ts', noise(counting));
  const differs = told(3, 'verify', 'noisy.yaml', '--rerun', 'noisy');
  assert.match(differs, /\nnot deterministic · `noisy` gave other bytes the second time; the first result stays\n/);
  assert.match(differs, /\n {2}data\/train\/images +1 of 31360 +1 +\[0, 0, 0, 0\] +1 → 2\n/);
  assert.match(told(0, 'run', 'noisy.yaml'), /● noisy .* cached, but not deterministic\n/);
  assert.match(told(0, 'plan', 'noisy.yaml'), /● noisy .* cached, but not deterministic/);
  assert.match(told(0, 'why', 'noisy'), /It is not deterministic: computed twice, it differed\./);
  assert.match(told(2, 'verify', 'noisy.yaml'), /^error Expected --rerun STAGE/);
  assert.match(told(2, 'verify', 'noisy.yaml', '--rerun', 'nosy'), /Did you mean `noisy`/);
});

test('reproduce: the same results, or the first stage that differs and what has changed', () => {
  box.write('noise.ts', noise('3'));
  told(0, 'run', 'noisy.yaml', '--quiet');
  assert.match(told(0, 'reproduce', 'latest'), /\nreproduced · all 4 results of \d{8}-\d{6}-noisy(-2)? are the same\n$/);
  assert(
    !existsSync(join(box.folder, '.tfpipe', 'reproduced')) || !existsSync(join(box.folder, '.tfpipe', 'reproduced', 'latest')),
  );

  // a run that nothing can give again
  box.write('noise.ts', noise(counting));
  told(0, 'run', 'noisy.yaml', '--quiet', '--force', 'noisy');
  const {first, stages} = JSON.parse(told(3, 'reproduce', 'latest', '--json')) as {
    first: string;
    stages: {stage: string; verdict: string; changed: string[]}[];
  };
  assert.equal(first, 'noisy');
  assert.deepEqual(
    stages.map(({verdict}) => verdict),
    ['same', 'differs', 'inputs differ', 'inputs differ'],
  );
  const shown = told(3, 'reproduce', 'latest', '--keep');
  assert.match(shown, /\n {2}noisy +\.\/noise\.ts +differs\n {2}scaled +normalise\/scale +differs, as its inputs do\n/);
  assert.match(shown, /\nnot reproduced · the first stage that differs is `noisy`; nothing in its key has changed/);
  assert.match(told(2, 'reproduce', 'nothing'), /^error Expected a run of `runs`, got `nothing`/);
});
