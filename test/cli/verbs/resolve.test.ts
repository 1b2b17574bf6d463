// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {loadRecipe} from '#tfpipe/recipe/load-recipe.js';
import type {Recipe} from '#tfpipe/recipe/recipe.js';
import {sandbox} from '../pipeline.js';

const base = `name: base
params: {epochs: 2, sizes: [8, 16], title: "a: b # \${env:WHO} $\${c}"}
blocks: {hidden: [{dense: "\${units}"}, relu]}
checks: ["aae.reconstructionLoss < 1e-1"]
stages:
  digits: {use: load/mnist, with: {limit: 2000}, seed: 9, run: {timeout: 30m}}
  scaled: {use: normalise/scale, in: digits}
  aae:
    use: train/adversarial-autoencoder
    foreach: {size: "\${sizes}"}
    register: {encoder: "encoder-\${size}"}
    in: scaled
    with:
      encoder: [flatten, {block: hidden, units: "\${size}"}, {dense: 4}]
      decoder: [{block: hidden, units: 32}, {dense: 784}, {reshape: [28, 28, 1]}, sigmoid]
      discriminator: [{dense: 1}, sigmoid]
      epochs: \${epochs}
  curves: {use: visualise/curves, in: aae@size=16.history, with: {title: "\${title}"}}
  styles: {use: visualise/curves, in: aae@size=8.history, when: false}
`;
const recipe = 'extends: shared/base.yaml\nname: top\nparams: {epochs: 3}\n';

const essence = ({name, seed, backend, params, stages, checks}: Recipe): unknown => ({
  name,
  seed,
  backend,
  params,
  stages: stages.map(({node: _, span: __, ...stage}) => stage),
  checks: checks.map(({span: _, text: __, ...check}) => check),
});

const load = async (path: string, set: readonly string[] = []): Promise<Recipe> => {
  const {recipe} = await loadRecipe(path, {set, registry: builtinNodes(), environment: {WHO: 'Ada'}});
  assert(recipe, path);
  return recipe;
};

test('every value has its origin: base, recipe, --set, environment, default', () => {
  const {pipeline, write} = sandbox({WHO: 'Ada'});
  write('shared/base.yaml', base);
  write('top.yaml', recipe);
  const {status, stdout, stderr} = pipeline('resolve', 'top.yaml', '--set', 'sizes[1]=24');
  assert.equal(status, 2, stdout);
  assert.match(stderr, /unknown-stage/);
  const fine = pipeline('resolve', 'top.yaml', '--set', 'seed=4');
  assert.equal(fine.status, 0, fine.stderr);
  const origins = new Map(
    (
      JSON.parse(pipeline('resolve', 'top.yaml', '--set', 'seed=4', '--format', 'json').stdout) as {
        path: string[];
        value: unknown;
        origin: string;
      }[]
    ).map(({path, value, origin}) => [path.join('.'), [value, origin]]),
  );
  const base_ = (line: number): string => `shared/base.yaml:${line}`;
  for (const [path, value, origin] of [
    ['name', 'top', 'top.yaml:2'],
    ['seed', 4, '--set'],
    ['backend', 'auto', 'default'],
    ['stages.aae@size=8.with.epochs', 3, 'top.yaml:3'],
    ['stages.aae@size=16.with.encoder.1.dense', 16, base_(2)],
    ['stages.aae@size=16.with.encoder.2', 'relu', base_(3)],
    ['stages.aae@size=16.with.batchSize', 1024, 'default'],
    ['stages.aae@size=16.register.encoder', 'encoder-16', base_(11)],
    ['stages.aae@size=16.in.data', 'scaled.data', base_(12)],
    ['stages.curves.with.title', 'a: b # Ada ${c}', base_(2)],
    ['checks.0', 'aae@size=8.reconstructionLoss < 0.1', base_(4)],
    ['stages.digits.run.timeout', '30m', base_(6)],
  ] as const)
    assert.deepEqual(origins.get(path), [value, origin], path);
  assert.equal(origins.has('stages.styles.use'), false);
  assert.match(fine.stdout, /^ {6}epochs: 3 +# top\.yaml:3$/m);
  assert.match(fine.stdout, /^ {6}title: "a: b # Ada \$\$\{c\}" +# shared\/base\.yaml:2$/m);
});

test('what is printed is the same recipe again', async () => {
  const {pipeline, write, folder} = sandbox({WHO: 'Ada'});
  write('shared/base.yaml', base);
  write('top.yaml', recipe);
  const all = readdirSync('pipelines').filter((name) => name.endsWith('.yaml'));
  for (const path of [join(folder, 'top.yaml'), ...all.map((name) => join(process.cwd(), 'pipelines', name))]) {
    const {stdout, stderr} = pipeline('resolve', path);
    assert.notEqual(stdout, '', stderr);
    write('again.yaml', stdout);
    assert.deepEqual(essence(await load(join(folder, 'again.yaml'))), essence(await load(path)), path);
  }
});

test('validate --format github: an annotation a problem, with its lines', () => {
  const {pipeline, write} = sandbox();
  write('x.yaml', 'name: x\nstages:\n  a: {use: load/mnst}\n  b: {use: load/mnist, with: {limit: "1%"}}\n');
  const {status, stdout} = pipeline('validate', 'x.yaml', '--format', 'github', '--set', 'c=1');
  assert.equal(status, 2);
  assert.equal(
    stdout,
    [
      '::error file=x.yaml,line=1,title=unknown-param::--set c=1: Expected a param named `c`, got none%0AKnown: `seed`, `backend`.\n',
      '::error file=x.yaml,line=3,endLine=3,col=12,endColumn=21,title=unknown-node::Expected `use` to name a node type, got `load/mnst`%0ADid you mean `load/mnist`?\n',
      '::error file=x.yaml,line=4,endLine=4,col=38,endColumn=42,title=wrong-type::Expected `limit` to be an integer of at least 1, got `1%25` (string)\n',
    ].join(''),
  );
});
