// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
import assert from 'node:assert/strict';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {diagnosticsJson, formatDiagnostics} from '#tfpipe/cli/view/format-diagnostics.js';
import {loadRecipe, loadRecipeText} from '#tfpipe/recipe/load-recipe.js';
import type {Recipe} from '#tfpipe/recipe/recipe.js';
import {fixtureNodes as registry} from './fixtures/nodes.js';

const whole = `name: digits
seed: 42
params:
  epochs: 3
  widths: [392, 64]
  rate: 1e-3
  optimizer: {name: adam, rate: "\${rate}"}
stages:
  map: {use: visualise/map, in: codes, with: {title: "\${epochs} epochs at \${rate}, \${env:WHO} pays $\${5}"}}
  codes: {use: featurize/encode, in: {model: ae.encoder, data: scaled}}
  ae:
    use: train/autoencoder
    in: scaled.data
    with:
      latent: 10
      encoder: [{dense: "\${widths[0]}"}, relu]
      optimizer: \${optimizer}
      epochs: \${epochs}
  scaled: {use: normalise/scale, in: digits}
  digits: {use: load/digits, with: }
`;

async function load(
  text: string,
  set: readonly string[] = [],
  environment: Record<string, string> = {WHO: 'Ada'},
): Promise<Recipe> {
  const {recipe, diagnostics} = await loadRecipeText({name: 'x.yaml', text}, {set, registry, environment});
  // these recipes are about other things
  assert.equal(formatDiagnostics(diagnostics.filter(({code}) => code !== 'unused-stage')), '');
  assert(recipe);
  return recipe;
}

async function errors(text: string, set: readonly string[] = []): Promise<readonly string[]> {
  const {diagnostics} = await loadRecipeText({name: 'x.yaml', text}, {set, registry, environment: {}});
  return diagnostics.map(({code, message}) => `${code}: ${message}`);
}

const paramsOf = (recipe: Recipe, stage: string): Readonly<Record<string, unknown>> =>
  recipe.stages.find(({name}) => name === stage)?.params ?? {};

test('a whole recipe: order, edges, defaults, references of every kind', async () => {
  const recipe = await load(whole);
  assert.deepEqual(
    recipe.stages.map(({name}) => name),
    ['digits', 'scaled', 'ae', 'codes', 'map'],
  );
  assert.deepEqual(recipe.stages.find(({name}) => name === 'codes')?.inputs, {
    data: {stage: 'scaled', port: 'data'},
    model: {stage: 'ae', port: 'encoder'},
  });
  assert.deepEqual(paramsOf(recipe, 'digits'), {examples: 100, size: 28});
  assert.deepEqual(paramsOf(recipe, 'ae'), {
    latent: 10,
    encoder: [{dense: 392}, 'relu'],
    optimizer: {name: 'adam', rate: 0.001},
    epochs: 3,
    labels: 'none',
    shuffle: true,
  });
  assert.equal(paramsOf(recipe, 'map')['title'], '3 epochs at 0.001, Ada pays ${5}');
  assert.deepEqual(recipe.params, {epochs: 3, widths: [392, 64], rate: 0.001, optimizer: {name: 'adam', rate: 0.001}});
  assert.equal(recipe.backend, 'auto');
  assert.deepEqual(recipe.stages.find(({name}) => name === 'scaled')?.outputs['data'], {
    kind: 'dataset',
    splits: {train: {images: {dtype: 'float32', shape: [100, 28, 28, 1], range: [0, 1]}, labels: {dtype: 'uint8', shape: [100]}}},
  });
});

test('stages without a reason to move stay as in the file', async () => {
  const {stages} = await load(
    'name: x\nstages: {c: {use: load/digits}, a: {use: normalise/scale, in: b}, b: {use: load/digits}, d: {use: load/digits}}',
  );
  assert.deepEqual(
    stages.map(({name}) => name),
    ['c', 'b', 'a', 'd'],
  );
});

test('seeds are the first 31 bits of SHA-256 of [seed, name]', async () => {
  // python3: int(hashlib.sha256(b'[42,"ae"]').hexdigest()[:8], 16) >> 1
  const {stages} = await load(whole);
  assert.equal(stages.find(({name}) => name === 'ae')?.seed, 145631023);
  assert.equal(stages.find(({name}) => name === 'digits')?.seed, 2020699555);
  const other = await load('name: x\nstages: {svm: {use: load/digits}}');
  assert.equal(other.stages[0]?.seed, 1524452391);
});

test('--set: params, their parts, stage params, the top; the last one wins', async () => {
  const recipe = await load(whole, [
    'epochs=7',
    'widths[0]=8',
    'optimizer.name=sgd',
    'scaled.to=[-1, 1]',
    'ae.encoder[1]={dropout: 0.5}',
    'seed=7',
    'stages.digits.with.size=12',
    'epochs=8',
  ]);
  assert.equal(recipe.seed, 7);
  assert.deepEqual(paramsOf(recipe, 'ae')['encoder'], [{dense: 8}, {dropout: 0.5}]);
  assert.deepEqual(paramsOf(recipe, 'ae')['optimizer'], {name: 'sgd', rate: 0.001});
  assert.equal(paramsOf(recipe, 'ae')['epochs'], 8);
  assert.deepEqual(paramsOf(recipe, 'scaled'), {to: [-1, 1]});
  assert.equal(paramsOf(recipe, 'digits')['size'], 12);
  assert.equal(recipe.params['epochs'], 8);
});

test('--set: a param goes before a stage of the same name; values are YAML and may hold references', async () => {
  const text = 'name: x\nparams: {digits: {size: 3}, n: 4}\nstages: {digits: {use: load/digits, with: "${digits}"}}';
  const recipe = await load(text, ['digits.size=${n}']);
  assert.deepEqual(recipe.params, {digits: {size: 4}, n: 4});
  assert.deepEqual(paramsOf(recipe, 'digits'), {size: 4, examples: 100});
});

test('YAML 1.2 core: 1e-3 is a number, no is a text, 010 is ten', async () => {
  const recipe = await load(
    'name: x\nparams: {a: 1e-3, b: no, c: 010, d: 0x1f, e: ~, f: "1", g: 2001-01-01, h: 1_000}\nstages: {s: {use: visualise/map, in: c, with: {title: "${a} ${b} ${c} ${d} ${e} ${f} ${g} ${h}"}}, c: {use: featurize/encode, in: {data: d, model: m.encoder}}, d: {use: normalise/scale, in: r}, r: {use: load/digits}, m: {use: train/autoencoder, in: d, with: {latent: 1, encoder: [relu]}}}',
  );
  assert.deepEqual(recipe.params, {a: 0.001, b: 'no', c: 10, d: 31, e: null, f: '1', g: '2001-01-01', h: '1_000'});
});

test('aliases repeat values', async () => {
  const recipe = await load('name: x\nstages: {a: {use: load/digits, with: &w {size: 3}}, b: {use: load/digits, with: *w}}');
  assert.deepEqual(paramsOf(recipe, 'b'), {size: 3, examples: 100});
});

test('an interpolated value is not read again', async () => {
  const {recipe} = await loadRecipeText(
    {name: 'x.yaml', text: 'name: x\nparams: {t: "${env:EVIL}"}\nstages: {a: {use: load/digits, with: {size: 3}}}'},
    {registry, environment: {EVIL: '${secret}'}},
  );
  assert.equal(recipe?.params['t'], '${secret}');
});

test('a long chain of stages and of params is neither slow nor deep', async () => {
  const chain = Array.from(
    {length: 3000},
    (_, index) => `  s${index}: {use: normalise/scale, in: ${index === 0 ? 'digits' : `s${index - 1}`}}`,
  );
  const {stages} = await load(`name: x\nstages:\n${chain.reverse().join('\n')}\n  digits: {use: load/digits}\n`);
  assert.equal(stages.length, 3001);
  assert.equal(stages.at(-1)?.name, 's2999');
  const params = Array.from({length: 3000}, (_, index) => `  p${index}: \${p${index + 1}}`);
  const said = await errors(
    `name: x\nparams:\n${params.join('\n')}\n  p3000: 1\nstages: {a: {use: load/digits, with: {size: "\${p0}"}}}`,
  );
  assert(
    said.every((line) => line.startsWith('recipe-too-large')),
    said[0],
  );
});

test('nothing downstream of an error is reported, everything beside it is', async () => {
  const text =
    'name: x\nstages:\n  a: {use: normalise/scale, in: nowhere}\n  b: {use: normalise/scale, in: a.nothing}\n  c: {use: load/digits}\n  d: {use: normalise/scale, in: c.nothing}\n';
  assert.deepEqual(await errors(text), [
    'unknown-stage: Expected `data` to come from a stage of this recipe, got `nowhere`',
    'unknown-port: Expected `c` to have an output `nothing`, got none',
  ]);
});

test('files that cannot be read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-recipe-'));
  t.after(() => rm(folder, {recursive: true}));
  await writeFile(join(folder, 'aae-supervised.yaml'), 'name: x');
  await writeFile(join(folder, 'big.yaml'), `# ${'x'.repeat(10 * 2 ** 20)}\n`);
  await writeFile(join(folder, 'on-big.yaml'), 'extends: big.yaml\n');
  const print = async (path: string): Promise<string> =>
    formatDiagnostics((await loadRecipe(path, {registry})).diagnostics).replaceAll(folder, '/f');
  // The squiggle is as long as the real path.
  const line = (path: string): string => `  argument │ ${path}\n           │ ${'~'.repeat(path.length - 2 + folder.length)}\n`;
  assert.equal(
    await print(join(folder, 'aae-supervized.yaml')),
    `argument:1:1 error recipe-not-found  Expected a recipe at \`/f/aae-supervized.yaml\`, got no such file\n${line('/f/aae-supervized.yaml')}            Did you mean \`/f/aae-supervised.yaml\`?\n\n1 error\n`,
  );
  assert.match(
    await print(join(folder, 'other.yml')),
    /YAML files there: `\/f\/aae-supervised.yaml`, `\/f\/big.yaml`, `\/f\/on-big.yaml`\./,
  );
  assert.match(await print(join(folder, 'no', 'x.yaml')), /There is no folder `\/f\/no` either\./);
  assert.match(await print(folder), /recipe-unreadable {2}Expected `\/f` to be a recipe, got a folder\n/);
  assert.match(await print(join(folder, 'big.yaml')), /recipe-too-large {2}Expected a recipe of at most 1 MiB, got 10\.0 MiB\n/);
  assert.match(await print(join(folder, 'on-big.yaml')), /^\/f\/on-big\.yaml:1:10 error recipe-too-large/);
  const {diagnostics} = await loadRecipe(join(folder, 'aae-supervised.yaml'), {registry, params: [join(folder, 'big.yaml')]});
  assert.equal(diagnostics[0]?.code, 'recipe-too-large');
});

test('a hostile megabyte is answered, and the answer printed, in seconds of processor time', async () => {
  const start = 'name: x\nstages: {a: {use: load/digits}}\nparams:\n  ';
  for (const evil of [
    '['.repeat(2e5),
    'a: \n  '.repeat(1e5),
    `a: "${'${x}'.repeat(2e5)}"`,
    'a: *b\n  '.repeat(1e5),
    "'".repeat(1e5),
    '!'.repeat(1e6),
  ]) {
    const before = process.cpuUsage();
    const {diagnostics} = await loadRecipeText({name: 'x.yaml', text: start + evil}, {registry});
    assert(diagnostics.some(({severity}) => severity === 'error'));
    assert(diagnostics.length <= 1000);
    assert(formatDiagnostics(diagnostics).length < 1e6);
    assert(process.cpuUsage(before).user < 20e6);
  }
});

test('diagnostics for programs', async () => {
  const {diagnostics} = await loadRecipeText(
    {name: 'x.yaml', text: 'name: x\nparams: {n: two}\nstages: {a: {use: load/digits, with: {size: "${n}"}}}\n'},
    {registry},
  );
  assert.deepEqual(diagnosticsJson(diagnostics), [
    {
      code: 'wrong-type',
      severity: 'error',
      message: 'Expected `size` to be an integer between 1 and 64, got `two` (string)',
      file: 'x.yaml',
      line: 2,
      column: 13,
      endLine: 2,
      endColumn: 16,
      related: [{message: 'used here', file: 'x.yaml', line: 3, column: 45, endLine: 3, endColumn: 51}],
    },
  ]);
});

const folderOf = async (t: TestContext, files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-recipe-'));
  t.after(() => rm(folder, {recursive: true}));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), {recursive: true});
    await writeFile(join(folder, name), text);
  }
  return folder;
};

test('extends: mappings merge, lists and values are replaced, ~ removes, what is empty adds nothing; three files deep', async (t) => {
  const folder = await folderOf(t, {
    'shared/base.yaml': whole,
    'shared/middle.yaml':
      'extends: base.yaml\nname: middle\nparams: {epochs: 4, extra: 1, optimizer: {name: sgd}}\nstages: {digits: {with: {size: 12}}}\n',
    'recipe.yaml':
      'extends: shared/middle.yaml\nname: top\nparams:\n  extra: ~\n  widths: [8]\nstages:\n  map: ~\n  codes: ~\n  scaled: {with: {to: [-1, 1]}}\n  more: {use: train/autoencoder, in: scaled, with: {latent: 1, encoder: [relu]}}\n',
  });
  const {recipe, diagnostics} = await loadRecipe(join(folder, 'recipe.yaml'), {registry, environment: {}});
  assert.equal(formatDiagnostics(diagnostics), '');
  assert(recipe);
  assert.equal(recipe.name, 'top');
  assert.equal(recipe.seed, 42);
  assert.deepEqual(recipe.bases, [join(folder, 'shared/middle.yaml'), join(folder, 'shared/base.yaml')]);
  assert.deepEqual(recipe.params, {epochs: 4, widths: [8], rate: 0.001, optimizer: {name: 'sgd', rate: 0.001}});
  assert.deepEqual(
    recipe.stages.map(({name}) => name),
    ['digits', 'scaled', 'ae', 'more'],
  );
  assert.deepEqual(paramsOf(recipe, 'digits'), {examples: 100, size: 12});
  assert.deepEqual(paramsOf(recipe, 'scaled'), {to: [-1, 1]});
});

test('--params: over the recipe, under --set; parts merge', async (t) => {
  const folder = await folderOf(t, {
    'x.yaml': whole,
    'a.yaml': 'epochs: 7\nrate: 0.5\noptimizer: {name: sgd}\n',
    'b.yaml': 'epochs: 8\n',
  });
  const params = [join(folder, 'a.yaml'), join(folder, 'b.yaml')];
  const {recipe} = await loadRecipe(join(folder, 'x.yaml'), {params, set: ['rate=0.25'], registry, environment: {WHO: 'Ada'}});
  assert.deepEqual(recipe?.params, {epochs: 8, widths: [392, 64], rate: 0.25, optimizer: {name: 'sgd', rate: 0.25}});
});

test('run: durations in seconds, defaults, references', async () => {
  const {stages} = await load(
    'name: x\nparams: {limit: 90s}\nstages: {a: {use: load/digits, run: {timeout: "${limit}", retries: 2, resources: {gpu: 1}, checkpoint: 1.5m, tripwires: warn}}, b: {use: load/digits}}',
  );
  assert.deepEqual(stages[0]?.run, {timeout: 90, retries: 2, resources: {cpu: 1, gpu: 1}, checkpoint: 90, tripwires: 'warn'});
  assert.deepEqual(stages[1]?.run, {retries: 0, resources: {cpu: 1, gpu: 0}, checkpoint: 30, tripwires: 'fail'});
});

const names = ({stages}: Recipe): readonly string[] => stages.map(({name}) => name);

test('foreach: a stage for each value, lists in step, values with their types; references to one', async () => {
  const recipe = await load(`name: x
params: {sizes: [4, 8.0, 12]}
stages:
  digits: {use: load/digits, foreach: {size: "\${sizes}", n: [1, 2, 3]}, with: {size: "\${size}", examples: "\${n}"}}
  one: {use: normalise/scale, in: digits@size=8@n=2}
  each: {use: normalise/scale, foreach: {to: [[0, 1], [-1, 1]]}, in: "digits@size=4@n=1.data", with: {to: "\${to}"}}
`);
  assert.deepEqual(names(recipe), [
    'digits@size=4@n=1',
    'digits@size=8@n=2',
    'digits@size=12@n=3',
    'one',
    'each@to=0',
    'each@to=1',
  ]);
  assert.deepEqual(paramsOf(recipe, 'digits@size=12@n=3'), {size: 12, examples: 3});
  assert.deepEqual(recipe.stages.find(({name}) => name === 'one')?.inputs, {data: {stage: 'digits@size=8@n=2', port: 'data'}});
  assert.deepEqual(paramsOf(recipe, 'each@to=1'), {to: [-1, 1]});
  // copies of one stage share its seed
  assert.equal(new Set(recipe.stages.map(({seed}) => seed)).size, 3);
});

test('matrix: every combination, the last list fastest; a stage of another that is unrolled alike', async () => {
  const recipe = await load(`name: x
params: {sizes: [4, 8]}
stages:
  d: {use: load/digits, matrix: {size: "\${sizes}", net: [{name: small, n: 1}, {name: big, n: 9}]}, with: {size: "\${size}", examples: "\${net.n}"}}
  s: {use: normalise/scale, foreach: {size: "\${sizes}"}, in: "d@size=\${size}@net=big"}
`);
  assert.deepEqual(names(recipe), [
    'd@size=4@net=small',
    'd@size=4@net=big',
    'd@size=8@net=small',
    'd@size=8@net=big',
    's@size=4',
    's@size=8',
  ]);
  assert.equal(paramsOf(recipe, 'd@size=8@net=big')['examples'], 9);
  assert.equal(recipe.stages.find(({name}) => name === 's@size=8')?.inputs['data']?.stage, 'd@size=8@net=big');
});

test('foreach: a decimal in a name is no port; `all` goes to inputs that take many', async () => {
  const recipe = await load(`name: x
stages:
  digits: {use: load/digits}
  ae: {use: train/autoencoder, foreach: {rate: [0.1, 1e-3]}, in: digits-f, with: {latent: 2, encoder: [relu], optimizer: {rate: "\${rate}"}}}
  digits-f: {use: normalise/scale, in: digits}
  all: {use: evaluate/compare, in: {losses: ae.losses}}
  some: {use: evaluate/compare, in: {losses: [ae@rate=0.1.losses]}}
  named: {use: evaluate/compare, in: {losses: {slow: ae@rate=0.001, fast: ae@rate=0.1}}}
  codes: {use: featurize/encode, in: {data: digits-f, model: ae@rate=0.1.encoder}}
`);
  const inputs = (stage: string) => recipe.stages.find(({name}) => name === stage)?.inputs;
  const edge = (rate: string) => ({stage: `ae@rate=${rate}`, port: 'losses'});
  assert.deepEqual(inputs('all'), {'losses@ae@rate=0.1.losses': edge('0.1'), 'losses@ae@rate=0.001.losses': edge('0.001')});
  assert.deepEqual(inputs('some'), {'losses@ae@rate=0.1.losses': edge('0.1')});
  assert.deepEqual(inputs('named'), {'losses@slow': edge('0.001'), 'losses@fast': edge('0.1')});
  assert.deepEqual(recipe.stages.find(({name}) => name === 'named')?.outputs['scores'], {
    kind: 'table',
    columns: ['slow', 'fast'],
  });
});

test('blocks: layers reused, their references filled where they are used; blocks in blocks; --set reaches both', async () => {
  const text = `name: x
params: {drop: 0.2}
blocks:
  hidden: [{dense: "\${units}"}, {dropout: "\${drop}"}, relu]
  deep: [{block: hidden, units: "\${units}"}, {block: hidden, units: 7}]
stages:
  d: {use: load/digits}
  s: {use: normalise/scale, in: d}
  ae: {use: train/autoencoder, in: s, with: {latent: 1, encoder: [flatten, {block: deep, units: 9}, {dense: 3}]}}
`;
  assert.deepEqual(paramsOf(await load(text), 'ae')['encoder'], [
    'flatten',
    {dense: 9},
    {dropout: 0.2},
    'relu',
    {dense: 7},
    {dropout: 0.2},
    'relu',
    {dense: 3},
  ]);
  const set = ['ae.encoder[1].units=5', 'blocks.deep[1].units=6', 'blocks.hidden[2]=sigmoid'];
  assert.deepEqual(paramsOf(await load(text, set), 'ae')['encoder'], [
    'flatten',
    {dense: 5},
    {dropout: 0.2},
    'sigmoid',
    {dense: 6},
    {dropout: 0.2},
    'sigmoid',
    {dense: 3},
  ]);
});

test('when leaves stages out, and their checks; a stage may have a seed of its own', async () => {
  const text = `name: x
params: {more: false}
checks: [score.accuracy > 0.5, ae@n=2.loss < 1]
stages:
  d: {use: load/digits, seed: 7}
  s: {use: normalise/scale, in: d}
  ae: {use: train/autoencoder, foreach: {n: [1, 2]}, in: s, with: {latent: "\${n}", encoder: [relu]}}
  score: {use: evaluate/compare, when: "\${more}", in: {losses: ae.losses}}
`;
  const recipe = await load(text);
  assert.deepEqual(names(recipe), ['d', 's', 'ae@n=1', 'ae@n=2']);
  assert.equal(recipe.stages[0]?.seed, 7);
  const told = recipe.checks.map(({span: _, ...check}) => check);
  assert.deepEqual(told, [{text: 'ae@n=2.loss < 1', stage: 'ae@n=2', metric: 'loss', operator: '<', value: 1}]);
  const full = await load(text, ['more=true', 'checks=[ae.loss <= 1e-1]']);
  assert.equal(full.stages.at(-1)?.name, 'score');
  assert.deepEqual(
    full.checks.map(({stage, value}) => [stage, value]),
    [
      ['ae@n=1', 0.1],
      ['ae@n=2', 0.1],
    ],
  );
});
