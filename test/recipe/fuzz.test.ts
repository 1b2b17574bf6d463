// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
/** Whatever the text, the loader answers with a recipe or with errors that can be printed: it never throws, and is never slow. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import fc from 'fast-check';
import {diagnosticsJson, formatDiagnostics} from '#tfpipe/cli/format-diagnostics.js';
import {loadRecipeText} from '#tfpipe/recipe/load-recipe.js';
import {fixtureNodes as registry} from './fixtures/nodes.js';

/** Inputs for each property; FUZZ_RUNS=100000 for a long one. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 400);
const slowest = 2000;

const seeds = readdirSync('test/recipes/broken')
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(`test/recipes/broken/${name}`, 'utf8'));

async function holds(text: string, set: readonly string[] = []): Promise<void> {
  const began = performance.now();
  const {recipe, diagnostics} = await loadRecipeText({name: 'fuzz.yaml', text}, {set, registry, environment: {HOME: '/'}});
  const printed = formatDiagnostics(diagnostics);
  JSON.stringify(diagnosticsJson(diagnostics));
  assert(recipe !== undefined || diagnostics.some(({severity}) => severity === 'error'), 'no recipe, and no error says why');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not reach a terminal
  assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.doesNotMatch(printed, /undefined|\[object|NaN| {4}at /);
  for (const {span} of diagnostics) assert(span.start >= 0 && span.start <= span.end && span.end <= span.source.text.length);
  assert(performance.now() - began < slowest, 'too slow');
}

const fragment = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ': ',
    '- ',
    '\n',
    '  ',
    '\t',
    '"',
    "'",
    '|\n',
    '>-\n',
    '&a ',
    '*a',
    '!!int ',
    '!x ',
    '? ',
    '# ',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
    '<<: ',
    ', ',
  ],
  ...[
    'name',
    'seed',
    'params',
    'stages',
    'use',
    'in',
    'with',
    'run',
    'foreach',
    'matrix',
    'when',
    'seed',
    'blocks',
    'block',
    'checks',
    'extends',
    'timeout',
    'evaluate/compare',
    'scaled@n=1',
    'digits',
    'scaled',
    'ae',
    'data',
    'encoder',
    'load/digits',
    'normalise/scale',
    'train/autoencoder',
  ],
  ...[
    '${',
    '${a}',
    '${a.b[0]}',
    '${env:HOME}',
    '$${',
    '}',
    '__proto__',
    'constructor',
    'toString',
    '1e999',
    '.nan',
    '-1',
    '0x1f',
    'null',
    '~',
    'true',
    '\0',
    '\u2028',
    '😀',
    '\r\n',
    '\ufeff',
  ],
);

/** Cuts, doubles, swaps or replaces a piece of a text. */
const edit = fc.record({
  at: fc.double({min: 0, max: 1, noNaN: true}),
  length: fc.nat(30),
  insert: fc.oneof(fragment, fc.string({unit: 'binary', maxLength: 5}), fc.constant('')),
  times: fc.integer({min: 1, max: 4}),
});

test('texts made of pieces of recipes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fragment, {maxLength: 60}), async (pieces) => holds(pieces.join(''))),
    {numRuns},
  );
});

test('any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({unit: 'binary', maxLength: 80}), async (text) => holds(`name: x\nstages: ${text}`)),
    {numRuns},
  );
});

test('edits of recipes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...seeds), fc.array(edit, {minLength: 1, maxLength: 6}), async (seed, edits) => {
      const edited = edits.reduce((text, {at, length, insert, times}) => {
        const start = Math.floor(at * text.length);
        return text.slice(0, start) + insert.repeat(times) + text.slice(start + length);
      }, seed);
      await holds(edited);
    }),
    {numRuns},
  );
});

test('any value anywhere', async () => {
  const value = fc.jsonValue({maxDepth: 4, stringUnit: 'binary'});
  await fc.assert(
    fc.asyncProperty(value, value, value, async (params, inputs, withs) => {
      const stages = {
        digits: {use: 'load/digits'},
        scaled: {use: 'normalise/scale', in: inputs, with: withs},
        ae: {use: 'train/autoencoder', in: 'scaled', with: {encoder: withs, latent: inputs, optimizer: params}},
      };
      await holds(JSON.stringify({name: 'x', params, stages}));
    }),
    {numRuns},
  );
});

test('any --set', async () => {
  const text = seeds.find((seed) => seed.includes('dropout')) ?? '';
  const path = fc.oneof(
    fc.array(fragment, {maxLength: 6}).map((pieces) => pieces.join('.')),
    fc.string({maxLength: 12}),
    fc.constantFrom('ae.encoder[1].dropout', 'ae.epochs', 'seed', 'stages.ae', 'params'),
  );
  const value = fc.oneof(
    fc.array(fragment, {maxLength: 10}).map((pieces) => pieces.join('')),
    fc.string({unit: 'binary', maxLength: 12}),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(path, value), {maxLength: 3}), async (pairs) =>
      holds(
        text,
        pairs.map(([key, each]) => `${key}=${each}`),
      ),
    ),
    {numRuns},
  );
});
