/** Each recipe in test/recipes/broken is wrong in its own way; beside it stands the whole text that is printed. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {formatDiagnostics} from '#tfpipe/cli/view/format-diagnostics.js';
import {loadRecipe} from '#tfpipe/recipe/load-recipe.js';
import {diagnosticCodes} from '#tfpipe/recipe/problems.js';
import {fixtureNodes} from './fixtures/nodes.js';

const folder = 'test/recipes/broken';
/** `UPDATE_EXPECTED=1` writes what is printed now; read the difference before it is committed. */
const update = process.env['UPDATE_EXPECTED'] === '1';
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

/** Arguments stand in the recipe's first lines, as `# --set epochs=two`. */
const argumentsIn = (text: string, option: string): readonly string[] =>
  Array.from(text.matchAll(new RegExp(`^# --${option} (.*)$`, 'gm')), (match) => match[1] ?? '');

for (const name of names) {
  test(`broken recipe: ${name}`, async () => {
    const path = `${folder}/${name}.yaml`;
    const text = readFileSync(path, 'latin1');
    const {recipe, diagnostics} = await loadRecipe(path, {
      set: argumentsIn(text, 'set'),
      params: argumentsIn(text, 'params'),
      registry: fixtureNodes,
      environment: {},
    });
    const printed = formatDiagnostics(diagnostics);
    if (update) writeFileSync(`${folder}/${name}.txt`, printed);
    assert.equal(printed, readFileSync(`${folder}/${name}.txt`, 'utf8'));
    assert.notEqual(printed, '');
    assert.equal(
      recipe === undefined,
      diagnostics.some(({severity}) => severity === 'error'),
      'a recipe is there exactly when there is no error',
    );
  });
}

test('the corpus covers every code that a recipe file alone can cause', () => {
  const printed = names.map((name) => readFileSync(`${folder}/${name}.txt`, 'utf8')).join('\n');
  // What only a run can tell: cli/checks.test.ts has it.
  const elsewhere = ['check-failed'];
  const missing = diagnosticCodes.filter((code) => !elsewhere.includes(code) && !printed.includes(` ${code}  `));
  assert.deepEqual(missing, []);
});
