// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
import assert from 'node:assert/strict';
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {parse} from 'yaml';
import {diagnosticsJson, formatDiagnostics, githubAnnotations} from '#tfpipe/cli/view/format-diagnostics.js';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {type LoadOptions, loadRecipe, loadRecipeText} from '#tfpipe/recipe/load-recipe.js';
import type {LoadedRecipe} from '#tfpipe/recipe/recipe.js';
import {fixtureNodes} from './fixtures/nodes.js';

/** What was seen over many inputs. */
export interface Tally {
  inputs: number;
  /** Recipes in which nothing was wrong. */
  sound: number;
  readonly codes: Set<string>;
  /** Processor time of the input that took longest, and the beginning of its text. */
  longest: {seconds: number; text: string};
}

export const newTally = (): Tally => ({inputs: 0, sound: 0, codes: new Set(), longest: {seconds: 0, text: ''}});

/** Processor time: what else the machine does, and a pause of the process, are not the input's fault. */
const SLOWEST = 5;

const yamlIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));

const broken = yamlIn('test/recipes/broken');
const page = readFileSync('docs/recipes.md', 'utf8');
const examples = Array.from(page.matchAll(/^```yaml\n([\s\S]*?)^```/gm), (match) => match[1] ?? '');
const [digits = ''] = examples;
/** Ours, and those of docs/recipes.md, which have every part of the language; what they change is put before them. */
const real = [...yamlIn('pipelines'), ...examples.map((example) => (example.includes('\nname: ') ? example : digits + example))];

const fixtures: LoadOptions = {registry: fixtureNodes, environment: {HOME: '/'}};
const ours: LoadOptions = {registry: builtinNodes(), environment: {HOME: '/'}};

/** A folder with our recipes, which some extend, and nothing else that a path in an input could lead to. */
const folder = mkdtempSync(join(tmpdir(), 'tfpipe-fuzz-'));
cpSync('pipelines', folder, {recursive: true});
process.once('exit', () => rmSync(folder, {recursive: true}));
const path = join(folder, 'fuzz.yaml');

async function holds(tally: Tally, text: string, load: () => Promise<LoadedRecipe>): Promise<void> {
  const before = process.cpuUsage();
  const {recipe, diagnostics} = await load();
  const printed = formatDiagnostics(diagnostics);
  const annotated = githubAnnotations(diagnostics, path);
  JSON.stringify(diagnosticsJson(diagnostics));
  const {user, system} = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  assert(recipe !== undefined || diagnostics.some(({severity}) => severity === 'error'), 'no recipe, and no error says why');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not reach a terminal
  assert.doesNotMatch(printed + annotated, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.doesNotMatch(printed, /undefined|\[object|NaN|\n {4}at /);
  for (const {span, code, message} of diagnostics) {
    assert(span.start >= 0 && span.start <= span.end && span.end <= span.source.text.length, message);
    assert(code !== 'broken-node' || /cannot count/.test(message), message);
    assert(message.length < 1000, message);
    tally.codes.add(code);
  }
  assert(seconds < SLOWEST, `${seconds} s`);
  tally.inputs += 1;
  if (recipe) tally.sound += 1;
  if (seconds > tally.longest.seconds) tally.longest = {seconds, text: text.slice(0, 200)};
}

const textHolds = (tally: Tally, text: string, options: LoadOptions): Promise<void> =>
  holds(tally, text, () => loadRecipeText({name: path, text}, options));

const marks = [
  ...['{', '}', '[', ']', ': ', '- ', '\n', '  ', '\t', '"', "'", '|\n', '>-\n', '&a ', '*a', '!!int ', '!x ', '? ', '# '],
  ...['---\n', '...\n', '%YAML 1.2\n', '<<: ', ', ', '\0', '\u2028', '😀', '\r\n', '\ufeff'],
];
const keys = [
  ...['name', 'seed', 'params', 'stages', 'use', 'in', 'with', 'run', 'foreach', 'matrix', 'when', 'blocks', 'block'],
  ...['checks', 'extends', 'timeout', '__proto__', 'constructor', 'toString'],
];
const names = [
  ...['evaluate/compare', 'load/digits', 'normalise/scale', 'train/autoencoder', 'load/mnist', 'train/gan', './a.ts'],
  ...['scaled@n=1', 'digits', 'scaled', 'ae', 'data', 'encoder', 'digits.data', 'a.b >= 1'],
];
const values = ['1e999', '.nan', '-1', '0', '0x1f', '1e-3', '9007199254740993', 'null', '~', 'true', '30s', '..', '/'];
const references = ['${', '${a}', '${a.b[0]}', '${env:HOME}', '$${', '}', '${n}', '${epochs}', '${latent}'];
const fragment = fc.constantFrom(...marks, ...keys, ...names, ...values, ...references);

/** What means something in YAML more often than not. */
const character = fc.oneof(
  {weight: 4, arbitrary: fc.constantFrom(...'{}[]:,-&*!|>\'"%@`#?\n \t~0a.$<=')},
  {weight: 1, arbitrary: fc.string({unit: 'binary', minLength: 1, maxLength: 1})},
);

const position = fc.double({min: 0, max: 1, noNaN: true, maxExcluded: true});
/** Replaces a piece of a text by others, or by a piece from elsewhere in it. */
const edit = fc.record({
  at: position,
  length: fc.oneof(fc.nat(3), fc.nat(30)),
  insert: fc.oneof(
    fragment,
    fc.string({unit: 'binary', maxLength: 5}),
    fc.constant(''),
    fc.record({from: position, length: fc.nat(60)}),
  ),
  times: fc.integer({min: 1, max: 4}),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

const edited = (seed: string, edits: readonly Edit[]): string =>
  edits.reduce((text, {at, length, insert, times}) => {
    const start = Math.floor(at * text.length);
    const from = typeof insert === 'string' ? 0 : Math.floor(insert.from * text.length);
    const piece = typeof insert === 'string' ? insert : text.slice(from, from + insert.length);
    return text.slice(0, start) + piece.repeat(times) + text.slice(start + length);
  }, seed);

const edits = (most: number): fc.Arbitrary<readonly Edit[]> => fc.array(edit, {minLength: 1, maxLength: most});

/** What stands anywhere in a recipe, replaced: by an odd value, by another part of the recipe, or by nothing. */
const change = fc.record({
  at: position,
  to: fc.oneof(
    fc.constantFrom<unknown>(-1, 0, 1, 2, 1e9, 1e308, 5e-324, 0.5, 2 ** 31, '', [], {}, null, true, [[]], [{}], {block: 'h'}),
    fragment,
    fc.jsonValue({maxDepth: 2, stringUnit: 'binary'}),
    fc.record({from: position}),
    fc.constant(undefined),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(root: unknown, changes: readonly Change[]): unknown {
  const copy = {root: structuredClone(root)};
  for (const {at, to} of changes) {
    const places = placesIn(copy);
    const pick = (where: number): Place => places[Math.floor(where * places.length)] as Place;
    const {parent, key} = pick(at);
    if (parent === copy) continue;
    const other = typeof to === 'object' && to !== null && 'from' in to ? pick(Number(to.from)) : undefined;
    const value = other ? other.parent[other.key] : to;
    if (value === undefined && !Array.isArray(parent)) delete parent[key];
    else parent[key] = structuredClone(value);
  }
  return copy.root;
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

const placesIn = (parent: object): readonly Place[] =>
  Object.entries(parent).flatMap(([key, value]) => [
    {parent: parent as Record<string, unknown>, key},
    ...(typeof value === 'object' && value !== null ? placesIn(value) : []),
  ]);

const overrides = fc.array(
  fc.tuple(
    fc.oneof(
      fc.array(fragment, {maxLength: 6}).map((pieces) => pieces.join('.')),
      fc.string({maxLength: 12}),
      fc.constantFrom('ae.encoder[1].dropout', 'ae.epochs', 'aae.encoder[0]', 'seed', 'stages.aae', 'params', 'epochs', 'latent'),
    ),
    fc.oneof(
      fc.array(fragment, {maxLength: 10}).map((pieces) => pieces.join('')),
      fc.string({unit: 'binary', maxLength: 12}),
    ),
  ),
  {maxLength: 3},
);

export interface Fuzz {
  readonly name: string;
  /** Of a hundred inputs. */
  readonly share: number;
  readonly property: (tally: Tally) => fc.IAsyncProperty<unknown>;
}

/** Whatever is given, the loader answers with a recipe, or with errors that can be printed: it never throws, and is never slow. */
export const fuzzes: readonly Fuzz[] = [
  {
    name: 'texts made of pieces of recipes',
    share: 30,
    property: (tally) =>
      fc.asyncProperty(fc.array(fragment, {maxLength: 60}), (pieces) => textHolds(tally, pieces.join(''), fixtures)),
  },
  {
    name: 'any text as stages',
    share: 10,
    property: (tally) =>
      fc.asyncProperty(fc.string({unit: character, maxLength: 80}), (text) =>
        textHolds(tally, `name: x\nstages: ${text}`, fixtures),
      ),
  },
  {
    name: 'any bytes as a file, and as a file of params',
    share: 15,
    property: (tally) =>
      fc.asyncProperty(fc.uint8Array({maxLength: 60}), fc.boolean(), (bytes, whole) => {
        const given = join(folder, 'bytes.yaml');
        writeFileSync(given, whole ? bytes : Buffer.concat([Buffer.from('name: x\nparams: {a: 1}\nstages: {'), bytes]));
        writeFileSync(path, 'name: x\nparams: {a: 1}\nstages: {d: {use: load/digits, with: {size: "${a}"}}}\n');
        return holds(tally, Buffer.from(bytes).toString('latin1'), () =>
          whole ? loadRecipe(path, {...fixtures, params: [given]}) : loadRecipe(given, fixtures),
        );
      }),
  },
  {
    name: 'edits of broken recipes',
    share: 20,
    property: (tally) =>
      fc.asyncProperty(fc.constantFrom(...broken), edits(6), (seed, each) => textHolds(tally, edited(seed, each), fixtures)),
  },
  {
    name: 'edits of real recipes',
    share: 10,
    property: (tally) =>
      fc.asyncProperty(fc.constantFrom(...real), edits(2), (seed, each) => textHolds(tally, edited(seed, each), ours)),
  },
  {
    name: 'changed values of real recipes',
    share: 10,
    property: (tally) => {
      const roots = real.map((text) => parse(text, {uniqueKeys: false}) as unknown);
      return fc.asyncProperty(fc.constantFrom(...roots), fc.array(change, {minLength: 1, maxLength: 4}), (root, changes) =>
        textHolds(tally, JSON.stringify(changed(root, changes)) ?? '', ours),
      );
    },
  },
  {
    name: 'any --set on a real recipe',
    share: 5,
    property: (tally) =>
      fc.asyncProperty(fc.constantFrom(...real), overrides, (text, pairs) => {
        const set = pairs.map(([key, value]) => `${key}=${value}`);
        return textHolds(tally, text, {...ours, set});
      }),
  },
];
