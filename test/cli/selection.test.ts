import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sandbox} from './pipeline.js';

const box = sandbox();
/** digits → scaled → grid, and digits → bright, none of which needs TensorFlow. */
box.write(
  'forked.yaml',
  `name: forked
params: {high: 1, title: Digits}
stages:
  digits: {use: load/mnist, with: {limit: 60}}
  scaled: {use: normalise/scale, in: digits, with: {to: [0, '\${high}']}}
  grid: {use: visualise/images, in: scaled, with: {split: test, count: 4, title: '\${title}'}}
  bright: {use: visualise/images, in: digits, with: {split: train, count: 4}}
`,
);
const stages = (type: string, ...args: string[]): unknown[] =>
  box
    .events('forked.yaml', ...args)
    .flatMap((event) => (event['type'] === type ? [event['stage']] : []))
    .sort();
const refusal = (...args: string[]): string => {
  const {status, stdout, stderr} = box.pipeline(...args);
  assert.equal(status, 2, stdout + stderr);
  return stderr;
};

test('--until runs a stage and what it needs', () => {
  assert.deepEqual(stages('stage-finished', '--until', 'scaled'), ['digits', 'scaled']);
});

test('--only and --from take what they need from the cache, and say so when it is not there', () => {
  assert.match(
    refusal('run', 'forked.yaml', '--only', 'grid', '--set', 'high=2'),
    /^error Expected `scaled`, whose result is needed, to be cached, but it would run: to\.1 1 → 2\n {6}Add it .*--until scaled\n$/,
  );
  assert.deepEqual(stages('stage-finished', '--only', 'grid'), ['grid']);
  assert.deepEqual(stages('stage-cached', '--only', 'grid'), ['digits', 'grid', 'scaled']);
  assert.deepEqual(stages('stage-finished', '--from', 'scaled', '--set', 'high=2'), ['grid', 'scaled']);
});

test('--from and --until together are what lies between', () => {
  const {stdout} = box.pipeline('plan', 'forked.yaml', '--from', 'scaled', '--until', 'scaled', '--json');
  assert.deepEqual(
    (JSON.parse(stdout) as {stage: string}[]).map(({stage}) => stage),
    ['digits', 'scaled'],
  );
  assert.match(refusal('plan', 'forked.yaml', '--from', 'bright', '--until', 'grid'), /Expected a stage between/);
});

test('--force computes a cached stage anew; what follows is spared when the bytes are the same', () => {
  assert.deepEqual(stages('stage-finished'), ['bright']);
  assert.match(box.pipeline('plan', 'forked.yaml', '--force', 'scaled').stdout, /scaled .* would run: asked for/);
  assert.deepEqual(stages('stage-finished', '--force', 'scaled'), ['scaled']);
  assert.deepEqual(stages('stage-finished'), []);
});

test('wrong names and contradictions are told with exit code 2', () => {
  assert.match(
    refusal('run', 'forked.yaml', '--only', 'gird'),
    /^error Expected a stage of `forked`, got `gird`\n {6}Did you mean `grid`\?/,
  );
  assert.match(
    refusal('plan', 'forked.yaml', '--only', 'grid', '--from', 'grid'),
    /Expected --only, or --from and --until, got both/,
  );
  assert.match(refusal('run', 'forked.yaml', '--until', 'scaled', '--force', 'grid'), /the other options leave out/);
});
