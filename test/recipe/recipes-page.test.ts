/** Every example of docs/recipes.md is a recipe in which nothing is wrong. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, test} from 'node:test';
import {formatDiagnostics} from '#tfpipe/cli/view/format-diagnostics.js';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {loadRecipe} from '#tfpipe/recipe/load-recipe.js';
import {envelopeSchema} from '#tfpipe/recipe/schema/envelope.js';

const page = readFileSync('docs/recipes.md', 'utf8');
const examples = Array.from(page.matchAll(/^```yaml\n([\s\S]*?)^```/gm), (match) => match[1] ?? '');
const folder = mkdtempSync(join(tmpdir(), 'tfpipe-recipes-page-'));
after(() => rmSync(folder, {recursive: true}));

for (const [index, example] of examples.entries()) {
  const name = /^# (\S+\.yaml)\n/.exec(example)?.[1];
  const path = join(folder, name ?? `example-${index}.yaml`);
  writeFileSync(path, name ? example : `extends: digits.yaml\nname: example\n${example}`);
  test(`docs/recipes.md: example ${index + 1}`, async () => {
    const {diagnostics} = await loadRecipe(path, {registry: builtinNodes()});
    assert.equal(formatDiagnostics(diagnostics), '');
  });
}

test('docs/recipes.md: the overrides it shows', async () => {
  const [line = ''] = /^pipeline run digits.yaml --set .*$/m.exec(page) ?? [];
  const set = Array.from(line.matchAll(/--set '?([^\s']+)/g), (match) => match[1] ?? '');
  assert.equal(set.length, 4);
  // `widths` stands in the example before them
  const path = join(folder, `example-${examples.findIndex((example) => example.includes('widths'))}.yaml`);
  const {recipe, diagnostics} = await loadRecipe(path, {set, registry: builtinNodes()});
  assert.equal(formatDiagnostics(diagnostics.filter(({severity}) => severity === 'error')), '');
  const encoder = recipe?.stages.find((stage) => stage.name === 'aae')?.params['encoder'] as readonly unknown[] | undefined;
  assert.deepEqual(encoder?.[1], {dense: 64});
});

test('docs/recipes.md: what it shows of `resolve` is what is printed', () => {
  const printed = spawnSync(process.execPath, [resolve('bin/pipeline.js'), 'resolve', 'digits.yaml', '--set', 'latent=4'], {
    cwd: folder,
    encoding: 'utf8',
    env: {...process.env, NO_COLOR: '1'},
  }).stdout.split('\n');
  const [, shown = ''] = /^```\n( {2}aae:\n[\s\S]*?)^```/m.exec(page) ?? [];
  const missing = shown.split('\n').filter((line) => line !== '' && !printed.includes(line));
  assert.deepEqual(missing, []);
  assert(shown.includes('--set'));
});

test('docs/recipes.md: every key of a recipe and of a stage is told of', () => {
  const stage = envelopeSchema.properties.stages.additionalProperties.properties;
  for (const key of [...Object.keys(envelopeSchema.properties), ...Object.keys(stage), ...Object.keys(stage.run.properties)])
    assert.match(page, new RegExp(`\`?\\b${key}\\b`), key);
});
