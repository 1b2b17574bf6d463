// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
/** schemas/recipe.schema.json as people meet it: in the language server of VS Code's YAML extension, through the line that recipes begin with. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {type Completion, LanguageServer} from './language-server.js';

const registry = builtinNodes();
let server: LanguageServer;
before(async () => {
  server = await LanguageServer.start();
});
after(() => server.stop());

/** A recipe whose last stage is begun. */
const stage = (text: string): string => `name: x\nstages:\n  digits: {use: load/mnist}\n  a:\n${text}\n`;
const trainer = '    use: train/adversarial-autoencoder\n    in: digits\n    with:\n';
const networks = '      encoder: [flatten, {dense: 2}]\n      decoder: [{dense: 784}]\n      discriminator: [{dense: 1}]\n';

/** What the schema itself names; the server adds snippets, called by a schema's title. */
async function offered(text: string): Promise<ReadonlyMap<string, Completion>> {
  const found = await server.complete(text);
  return new Map(found.filter(({label}) => /^[\w./-]+$/.test(label)).map((each) => [each.label, each]));
}

test('`use:` is completed with every node type, and what it does', async () => {
  const types = await offered(stage('    use: |'));
  assert.deepEqual([...types.keys()], await registry.types());
  assert.equal(types.get('load/mnist')?.text, 'load/mnist');
  assert.equal(types.get('load/mnist')?.about, (await registry.find('load/mnist'))?.definition.summary);
});

test('`with:` is completed with the params of the node type, their descriptions and defaults', async () => {
  const params = await offered(stage('    use: visualise/tsne\n    in: digits\n    with:\n      |'));
  const properties = (await registry.find('visualise/tsne'))?.definition.params.properties ?? {};
  assert.deepEqual([...params.keys()], Object.keys(properties));
  // `${1:30}` is a snippet: 30, selected, to type over
  assert.deepEqual(params.get('iterations'), {
    label: 'iterations',
    text: 'iterations: ${1:750}',
    about: 'Steps of gradient descent; a third, at most 250, exaggerate.',
  });
});

const completions: readonly [what: string, text: string, labels: readonly string[]][] = [
  ['the keys of a recipe', '|', ['extends', 'name', 'seed', 'backend', 'params', 'blocks', 'checks', 'stages']],
  ['the keys of a stage', stage('    use: load/mnist\n    |'), ['in', 'with', 'foreach', 'matrix', 'when', 'seed', 'run']],
  ['how a stage runs', stage('    use: load/mnist\n    run:\n      |'), ['timeout', 'retries', 'resources', 'checkpoint']],
  ['the inputs of a node type', stage('    use: visualise/tsne\n    in:\n      |'), ['codes', 'data']],
  ['a choice', stage(`${trainer}      labels: |`), ['none', 'decoder']],
  ['layers', stage(`${trainer}      encoder:\n        - |`), ['relu', 'flatten', 'dense', 'conv2d', 'block']],
  [
    'a layer’s params',
    stage(`${trainer}      encoder:\n        - conv2d:\n            |`),
    ['filters', 'kernel', 'stride', 'padding'],
  ],
  ['optimisers', stage(`${trainer}      optimizers:\n        encoder:\n          |`), ['adam', 'adamw', 'sgd', 'rmsprop']],
  ['a change of another recipe', 'extends: starter.yaml\nstages:\n  scaled:\n    |', ['use', 'in', 'with', 'when']],
];
for (const [what, text, labels] of completions) {
  test(`completion offers ${what}`, async () => {
    const found = await offered(text);
    assert.deepEqual(
      labels.filter((label) => !found.has(label)),
      [],
    );
  });
}

const hovers: readonly [what: string, text: string, about: RegExp][] = [
  ['a key', 'na|me: x\n', /The recipe's name, and the experiment's in MLflow: lower-case words joined by hyphens/],
  ['a node type', stage('    use: load/mn|ist'), /MNIST: 70,000 handwritten digits/],
  ['a param', stage('    use: visualise/tsne\n    in: digits\n    with: {iter|ations: 60}'), /Steps of gradient descent/],
  ['an input', stage('    use: visualise/tsne\n    in: {co|des: digits}'), /embedding: Codes with `labels`\./],
  ['a layer’s param', stage(`${trainer}      encoder: [{conv2d: {fil|ters: 3, kernel: 3}}]`), /Number of output channels\./],
  ['an optimiser’s param', stage(`${trainer}      optimizers: {encoder: {adam: {ra|te: 1e-3}}}`), /Learning rate\./],
  ['a way of running', stage('    use: load/mnist\n    run: {time|out: 3}'), /^[^|]*attempt is ended: seconds, or `30s`/],
];
for (const [what, text, about] of hovers) {
  test(`hovering over ${what} says what it is`, async () => assert.match(await server.hover(text), about));
}

const wrong: readonly [what: string, text: string, under: string, message: RegExp][] = [
  ['an unknown node type', stage('    use: load/mnst'), 'load/mnst', /Value must be .*"load\/mnist"/],
  [
    'a text for a number',
    stage('    use: visualise/tsne\n    in: d\n    with: {iterations: many}'),
    'many',
    /Expected "integer"/,
  ],
  ['a number out of range', stage('    use: visualise/tsne\n    in: d\n    with: {iterations: 1}'), '1', /minimum of 50/],
  ['a value that is no choice', stage(`${trainer}${networks}      labels: all`), 'all', /Value must be "none" \| /],
  ['a misspelt param', stage('    use: visualise/tsne\n    in: d\n    with: {perplexty: 3}'), 'perplexty', /not allowed/],
  ['a misspelt layer', stage(`${trainer}${networks.replace('flatten', 'flaten')}`), 'flaten', /Valid values: .*"flatten"/],
  ['a missing input', stage('    use: visualise/tsne'), 'a', /Missing property "in"/],
  ['a name in another form', 'name: My Recipe\nstages: {a: {use: load/mnist}}\n', 'My Recipe', /^Expected lower-case words/],
];
for (const [what, text, under, message] of wrong) {
  test(`${what} is underlined`, async () => {
    const [first, ...others] = await server.squiggles(text);
    assert.equal(first?.under, under);
    assert.match(first?.message ?? '', message);
    assert.deepEqual(others, []);
  });
}

for (const name of readdirSync('pipelines').filter((each) => each.endsWith('.yaml'))) {
  test(`nothing is underlined in pipelines/${name}`, async () => {
    assert.deepEqual(await server.squiggles(readFileSync(`pipelines/${name}`, 'utf8')), []);
  });
}

test('references, blocks and plugins are not underlined', async () => {
  const text = `params: {n: 3}\nblocks: {h: [{dense: "\${n}"}]}\n${stage(
    `${trainer}${networks.replace('{dense: 2}', '{block: h}')}      epochs: \${n}\n  b: {use: ./my/node.ts, in: {any: a}, with: {any: 1}}`,
  )}`;
  assert.deepEqual(await server.squiggles(text), []);
});
