import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, truncateSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {test} from 'node:test';
import {sandbox, smallRecipe} from './pipeline.js';

const box = sandbox();

/** Runs the small recipe with one edit; it must be refused before anything runs. */
function refused(from: string, to: string): string {
  assert.ok(smallRecipe().includes(from), `the recipe has \`${from}\``);
  box.write('wrong.yaml', smallRecipe().replace(from, to));
  const {status, stdout, stderr} = box.pipeline('run', 'wrong.yaml');
  assert.equal(status, 2, stderr);
  assert.equal(stdout, '');
  assert.ok(!existsSync(join(box.folder, 'runs')), 'nothing ran');
  return stderr;
}

const wrong: readonly [what: string, from: string, to: string, told: RegExp][] = [
  [
    'a misspelt key',
    'validateEvery: 1',
    'validateEvry: 1',
    /^wrong\.yaml:\d+:7 error unknown-key .*validateEvry`\n +20 │ {7}validateEvry: 1\n +│ {7}~{12}\n +Did you mean `validateEvery`\?/m,
  ],
  [
    'a wrong type',
    'epochs: 2',
    'epochs: two',
    /^wrong\.yaml:5:11 error .*Expected `epochs` to be an integer.*got `two` \(string\)\n +5 │ {3}epochs: two\n +│ {11}~~~\n +used here: wrong\.yaml:18:15\n/m,
  ],
  [
    'an unknown node',
    'use: visualise/tsne',
    'use: visualise/tsnee',
    /^wrong\.yaml:\d+:\d+ error .*`visualise\/tsnee`[\s\S]*[~^]+[\s\S]*Did you mean `visualise\/tsne`\?/m,
  ],
  ['a cycle', 'in: digits}', 'in: codes}', /^wrong\.yaml:\d+:\d+ error .*cycle/m],
  [
    'a layer that cannot take its input',
    '[flatten, {dense: 32}',
    '[{conv2d: {filters: 4, kernel: 5}}, {maxPool2d: 8}, {conv2d: {filters: 4, kernel: 5}}, flatten, {dense: 32}',
    /^wrong\.yaml:\d+:\d+ error .*Expected the map under `conv2d` to be at least 5×5, got 3×3[\s\S]*[~^]+/m,
  ],
  [
    'a layer that needs a vector',
    '[flatten, {dense: 32}',
    '[{dense: 32}',
    /Expected the input of `dense` to be a vector, got shape \[28, 28, 1\][\s\S]*Put `flatten` before it\./,
  ],
  [
    'pixels that are not in 0..1',
    'in: digits}',
    'in: digits, with: {to: [-1, 1]}}',
    /Expected pixels in 0\.\.1, which cross-entropy needs, got -1 to 1/,
  ],
];
for (const [what, from, to, told] of wrong) {
  test(`${what} is located, shown and explained, and exits with 2`, () => {
    const text = refused(from, to);
    assert.match(text, told);
    assert.doesNotMatch(text, /\n\s+at /);
  });
}

test('a recipe that is not there', () => {
  box.write('there.yaml', smallRecipe());
  const {status, stderr} = box.pipeline('run', 'ther.yaml');
  assert.equal(status, 2);
  assert.match(stderr, /ther\.yaml[\s\S]*there\.yaml/);
});

test('what is no file of words is refused at once, whether a plan may be kept or not', () => {
  execFileSync('mkfifo', [join(box.folder, 'pipe.yaml')]);
  truncateSync(join(box.folder, box.write('big.yaml', 'name: big\n')), 10 * 2 ** 20);
  for (const verb of ['run', 'validate']) {
    for (const [name, told] of [
      ['pipe.yaml', 'recipe-unreadable  Expected `pipe.yaml` to be a recipe, got a device or pipe'],
      ['big.yaml', 'recipe-too-large  Expected a recipe of at most 1 MiB, got 10.0 MiB'],
    ] as const) {
      const {status, stdout, stderr} = box.pipeline(verb, name);
      assert.equal(status, 2, `${verb} ${name}`);
      assert((stdout + stderr).includes(told), `${verb} ${name}: ${stdout}${stderr}`);
    }
  }
});

for (const [what, args, told] of [
  ['no command', ['runn', 'x.yaml'], /Expected a command, got `runn`\n\s+Did you mean `run`\?/],
  [
    'an unknown option',
    ['run', 'x.yaml', '--sett', 'a=1'],
    /Expected an option of `pipeline run`, got `--sett`\n\s+Did you mean `--set`\?/,
  ],
  ['an option without its value', ['run', 'x.yaml', '--set'], /--set/],
  ['no recipe', ['run'], /Expected a recipe, got none/],
  ['two recipes', ['run', 'a.yaml', 'b.yaml'], /Expected one recipe, got `a.yaml` and `b.yaml`/],
  [
    'a number that is none',
    ['run', 'a.yaml', '--jobs', 'many'],
    /Expected --jobs to be a whole number of at least 1, got `many`/,
  ],
  ['an unknown node type', ['nodes', 'train/adversarial'], /Expected a node type, got `train\/adversarial`/],
] as const) {
  test(`${what}: one sentence, exit code 2`, () => {
    const {status, stderr} = box.pipeline(...args);
    assert.equal(status, 2);
    assert.match(stderr, told);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
}

test('every verb has a help with examples', () => {
  const general = box.pipeline('--help');
  assert.equal(general.status, 0);
  for (const verb of ['run', 'plan', 'validate', 'nodes', 'setup', 'doctor']) {
    assert.match(general.stdout, new RegExp(`^  ${verb} `, 'm'));
    const {status, stdout} = box.pipeline(verb, '--help');
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`Examples\n  pipeline ${verb}`));
  }
});

test('a reader that goes away ends a run quietly', async () => {
  box.write('piped.yaml', smallRecipe());
  const child = spawn(process.execPath, [resolve('bin', 'pipeline.js'), 'run', 'piped.yaml', '--json'], {cwd: box.folder});
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((done) => child.once('close', done));
  assert.equal(code, 141);
  assert.doesNotMatch(complaints, /EPIPE|\n\s+at /);
});
