import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {sandbox} from './pipeline.js';

const plugin = `import {defineNode, Type} from 'tfpipe';
export const node = defineNode({
  type: 'acme/score', summary: 'Scores', example: 's: {use: ./score.ts}',
  params: Type.Object({accuracy: Type.Number()}, {additionalProperties: false}),
  inputs: {}, usesTensors: false,
  prepare: (params) => params,
  outputs: () => ({words: {kind: 'table', columns: ['word']} as const}),
  run: async ({prepared: {accuracy}, context: {report}}) => {
    report.metrics(1, {accuracy: 0, loss: 3});
    report.metrics(2, {accuracy});
    return {words: {kind: 'table', columns: {word: ['hello']}}};
  },
});
`;
const recipe = `name: checked
params: {accuracy: 0.5}
checks: [score.accuracy > 0.89, score.loss <= 3, all.recall >= 0.1]
stages:
  score: {use: ./score.ts, with: {accuracy: "\${accuracy}"}}
  all: {use: ./score.ts, foreach: {accuracy: [0.1, 0.2]}, with: {accuracy: "\${accuracy}"}}
`;
const told = `checked.yaml:3:10 error check-failed  Expected \`score.accuracy\` to be above 0.89, got 0.5
  3 │ checks: [score.accuracy > 0.89, score.loss <= 3, all.recall >= 0.1]
    │          ~~~~~~~~~~~~~~~~~~~~~
`;

test('a check that does not hold ends the run with exit code 3, at its place, cached or not', () => {
  const {pipeline, write, folder} = sandbox();
  write('score.ts', plugin);
  write('checked.yaml', recipe);
  for (const cached of [0, 3]) {
    const {status, stdout, stderr} = pipeline('run', 'checked.yaml');
    assert.equal(status, 3, stderr);
    assert(stderr.includes(told), stderr);
    assert.match(
      stderr,
      /Expected `all@accuracy=0\.1\.recall` to be at least 0\.1, got no such metric; there are `accuracy`, `loss`/,
    );
    assert.doesNotMatch(stderr, /score\.loss` to be/);
    assert.match(stdout, new RegExp(`done, but a check failed · ${cached} of 3 stages cached`));
  }
  const journal = readFileSync(join(folder, 'runs/latest/events.ndjson'), 'utf8').trim().split('\n');
  assert.equal((JSON.parse(journal.at(-1) ?? '') as {outcome: string}).outcome, 'check-failed');

  const report = readFileSync(join(folder, 'runs/latest/report.html'), 'utf8');
  assert.match(report, /<p class="outcome check-failed">a check failed<\/p>/);
  assert.match(report, /Expected `score\.accuracy` to be above 0\.89, got 0\.5/);

  const fine = pipeline('run', 'checked.yaml', '--set', 'accuracy=0.9', '--set', 'checks=[score.accuracy > 0.89]');
  assert.equal(fine.status, 0, fine.stderr);
  assert.match(fine.stdout, /done · 2 of 3 stages cached/);
});

test('a change of a recipe that is extended is seen, also where the plan was kept', () => {
  const {pipeline, write} = sandbox();
  const base = (title: string): string =>
    `name: base\nstages: {d: {use: load/mnist, with: {limit: 10, validation: 2}}, s: {use: normalise/scale, in: d, with: {to: ${title}}}, t: {use: normalise/scale, in: s}, e: {use: evaluate/none, in: t}}\n`;
  write('base.yaml', base('[0, 1]').replace(', e: {use: evaluate/none, in: t}', ''));
  write('top.yaml', 'extends: base.yaml\nname: top\n');
  assert.equal(pipeline('plan', 'top.yaml').status, 0);
  assert.equal(pipeline('plan', 'top.yaml').status, 0);
  write('base.yaml', base('[1, 0]'));
  const {status, stderr} = pipeline('plan', 'top.yaml');
  assert.equal(status, 2);
  assert.match(stderr, /base\.yaml:2:\d+ error/);
});
