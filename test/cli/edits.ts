/**
 * Random recipes and random edits of them, run for real, against an oracle that knows only the promise: a stage runs when what can
 * change its result was never seen together before.
 */
import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {stringify} from 'yaml';
import {start} from '../faults/faulty.js';
import {type Sandbox, sandbox} from './pipeline.js';

type Use = 'mix' | 'take';

interface StageModel {
  readonly name: string;
  readonly use: Use;
  readonly add: number;
  /** Small, so that an edit often leaves the result as it was. */
  readonly modulus: number;
  /** Whether the result holds the stage's seed. */
  readonly seeded: boolean;
  readonly ownSeed: number | undefined;
  readonly note: string;
  readonly retries: number;
  /** Positions of earlier stages. */
  readonly left: number | undefined;
  readonly right: number | undefined;
}

interface RecipeModel {
  readonly seed: number;
  readonly stages: readonly StageModel[];
  /** Version of each plugin's code; `mix` has it in a module that it imports. */
  readonly code: Readonly<Record<Use, number>>;
}

const plugin = (type: Use, factor: string): string => `${factor}
import {defineNode, Type} from 'tfpipe';
export const node = defineNode({
  type: 'test/${type}', summary: 'Numbers.', example: 's: {use: ./${type}.ts}', usesTensors: false, drawsRandom: true,
  params: Type.Object({
    add: Type.Integer(), modulus: Type.Integer(), seeded: Type.Boolean(),
    note: Type.String({'x-cache': false, default: ''}),
  }),
  inputs: {
    left: {kind: 'table', description: 'A number.', optional: true},
    right: {kind: 'table', description: 'A number.', optional: true},
  },
  prepare: (params) => params,
  outputs: () => ({number: {kind: 'table', columns: ['value']} as const}),
  run: async ({prepared: {add, modulus, seeded}, inputs, context: {seed}}) => {
    const sum = (inputs.left?.columns.value[0] ?? 1) + 2 * (inputs.right?.columns.value[0] ?? 1);
    const value = (sum * FACTOR + add) % modulus;
    return {number: {kind: 'table', columns: {value: seeded ? [value, seed] : [value]}}};
  },
});
`;

function writePlugins(box: Sandbox, {mix, take}: RecipeModel['code']): void {
  box.write('factor.ts', `export const FACTOR = ${mix};\n`);
  box.write('mix.ts', plugin('mix', "import {FACTOR} from './factor.js';"));
  box.write('take.ts', plugin('take', `const FACTOR = ${take};`));
}

/** The promise, on models: which stages run, what `plan` says before, and what is known afterwards. */
class Oracle {
  readonly #known = new Set<string>();

  predict({seed, stages, code}: RecipeModel): {
    readonly ran: readonly string[];
    readonly planned: Readonly<Record<string, string>>;
  } {
    const contents: {readonly value: number; readonly text: string}[] = [];
    const ran: string[] = [];
    const planned: Record<string, string> = {};
    for (const stage of stages) {
      const inputs = [stage.left, stage.right].map((input) => (input === undefined ? undefined : contents[input]));
      const source = stage.ownSeed === undefined ? ['of the recipe', seed, stage.name] : [stage.ownSeed];
      const sum = (inputs[0]?.value ?? 1) + 2 * (inputs[1]?.value ?? 1);
      const value = (sum * code[stage.use] + stage.add) % stage.modulus;
      contents.push({value, text: JSON.stringify([value, stage.seeded && source])});
      const {use, add, modulus, seeded} = stage;
      const identity = JSON.stringify([use, code[use], add, modulus, seeded, source, inputs.map((input) => input?.text ?? null)]);
      const waits = [stage.left, stage.right].some(
        (input) => input !== undefined && planned[stages[input]?.name ?? ''] !== 'cached',
      );
      planned[stage.name] = waits ? 'depends' : this.#known.has(identity) ? 'cached' : 'run';
      if (!this.#known.has(identity)) ran.push(stage.name);
      this.#known.add(identity);
    }
    return {ran: ran.sort(), planned};
  }
}

/** How the same recipe can be written: none of it may matter. */
export interface Style {
  readonly reversed: boolean;
  readonly flow: boolean;
  readonly indent: number;
  readonly comment: string;
  readonly quoted: boolean;
}

function write({seed, stages}: RecipeModel, {reversed, flow, indent, comment, quoted}: Style): string {
  const order = <Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> =>
    Object.fromEntries(reversed ? entries.toReversed() : entries);
  const described = stages.map(({name, use, add, modulus, seeded, ownSeed, note, retries, left, right}) => {
    const inputs = [['left', left] as const, ['right', right] as const].flatMap(([port, input]) =>
      input === undefined ? [] : [[port, stages[input]?.name ?? ''] as const],
    );
    const entries: (readonly [string, unknown])[] = [
      ['use', `./${use}.ts`],
      ['with', order<unknown>(Object.entries({add, modulus, seeded, note}))],
      ['run', {retries}],
      ...(inputs.length > 0 ? [['in', order(inputs)] as const] : []),
      ...(ownSeed === undefined ? [] : [['seed', ownSeed] as const]),
    ];
    return [name, order(entries)] as const;
  });
  const text = stringify(
    order<unknown>([
      ['name', 'edits'],
      ['seed', seed],
      ['stages', order(described)],
    ]),
    {
      indent,
      collectionStyle: flow ? 'flow' : 'block',
      ...(quoted && {defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN'}),
    },
  );
  return `# ${comment}\n\n${text}# ${comment}\n`;
}

type Edit = (recipe: RecipeModel) => RecipeModel;

const at = (recipe: RecipeModel, position: number, change: (stage: StageModel, index: number) => StageModel): RecipeModel => {
  const chosen = position % recipe.stages.length;
  return {...recipe, stages: recipe.stages.map((stage, index) => (index === chosen ? change(stage, index) : stage))};
};

/** An input among the stages before `index`, or none. */
const before = (index: number, pick: number): number | undefined => {
  const choice = pick % (index + 1);
  return choice === index ? undefined : choice;
};

const small = fc.nat({max: 6});
const pick = fc.nat({max: 1000});
const modulus = fc.integer({min: 2, max: 4});

/** Names and own seeds that were never used before. */
let fresh = 0;

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(pick, small).map(
    ([n, add]): Edit =>
      (recipe) =>
        at(recipe, n, (stage) => ({...stage, add})),
  ),
  fc.tuple(pick, modulus).map(
    ([n, modulus]): Edit =>
      (recipe) =>
        at(recipe, n, (stage) => ({...stage, modulus})),
  ),
  pick.map(
    (n): Edit =>
      (recipe) =>
        at(recipe, n, (stage) => ({...stage, seeded: !stage.seeded})),
  ),
  pick.map(
    (n): Edit =>
      (recipe) =>
        at(recipe, n, (stage) => ({...stage, note: `note ${n}`, retries: n % 3})),
  ),
  pick.map(
    (n): Edit =>
      (recipe) =>
        at(recipe, n, (stage) => ({...stage, ownSeed: ++fresh})),
  ),
  pick.map(
    (n): Edit =>
      (recipe) =>
        at(recipe, n, (stage) => ({...stage, name: `renamed${++fresh}`})),
  ),
  pick.map(
    (n): Edit =>
      (recipe) =>
        at(recipe, n, (stage) => ({...stage, use: stage.use === 'mix' ? 'take' : 'mix'})),
  ),
  fc.tuple(pick, pick).map(
    ([n, input]): Edit =>
      (recipe) =>
        at(recipe, n, (stage, index) => ({...stage, left: before(index, input)})),
  ),
  pick.map(
    (n): Edit =>
      (recipe) => ({
        ...recipe,
        stages: [...recipe.stages, {...newStage, name: `added${++fresh}`, left: before(recipe.stages.length, n)}],
      }),
  ),
  fc.constant<Edit>((recipe) => (recipe.stages.length > 1 ? {...recipe, stages: recipe.stages.slice(0, -1)} : recipe)),
  small.map(
    (seed): Edit =>
      (recipe) => ({...recipe, seed}),
  ),
  fc.constantFrom<Use>('mix', 'take').map(
    (use): Edit =>
      (recipe) => ({...recipe, code: {...recipe.code, [use]: recipe.code[use] + 2}}),
  ),
  fc.constant<Edit>((recipe) => recipe),
);

const newStage = {
  use: 'mix',
  add: 1,
  modulus: 3,
  seeded: false,
  ownSeed: undefined,
  note: '',
  retries: 0,
  right: undefined,
} as const;

const recipe: fc.Arbitrary<RecipeModel> = fc
  .array(fc.tuple(fc.constantFrom<Use>('mix', 'take'), small, modulus, fc.boolean(), pick, pick), {minLength: 2, maxLength: 9})
  .map((drafts) => ({
    seed: 0,
    code: {mix: 1, take: 1},
    stages: drafts.map(([use, add, modulus, seeded, left, right], index) => ({
      ...newStage,
      ...{name: `stage${index}`, use, add, modulus, seeded, left: before(index, left), right: before(index, right)},
    })),
  }));

const style: fc.Arbitrary<Style> = fc.record({
  reversed: fc.boolean(),
  flow: fc.boolean(),
  indent: fc.integer({min: 2, max: 6}),
  comment: fc.constantFrom('a comment', 'another, longer comment: with {marks} and "quotes"', 'stages:'),
  quoted: fc.boolean(),
});

interface RunEvents {
  readonly started: readonly string[];
  readonly results: Readonly<Record<string, string | undefined>>;
}

async function runFor(box: Sandbox, text: string, store: string): Promise<RunEvents> {
  box.write('edits.yaml', text);
  const {ended, output} = start(box, ['run', 'edits.yaml', '--store', store]);
  assert.equal(await ended, 0, `${output()}\n${text}`);
  const events = readFileSync(join(box.folder, 'runs/latest/events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as {type: string; stage: string; outputs?: Record<string, {digest: string}>});
  return {
    started: events
      .filter(({type}) => type === 'stage-started')
      .map(({stage}) => stage)
      .sort(),
    results: Object.fromEntries(events.flatMap(({stage, outputs}) => (outputs ? [[stage, outputs['number']?.digest]] : []))),
  };
}

async function planFor(box: Sandbox, text: string, store: string): Promise<Readonly<Record<string, string>>> {
  box.write('edits.yaml', text);
  const {ended, output} = start(box, ['plan', 'edits.yaml', '--store', store, '--json']);
  assert.equal(await ended, 0, `${output()}\n${text}`);
  const previews = JSON.parse(output()) as {stage: string; status: string}[];
  return Object.fromEntries(previews.map(({stage, status}) => [stage, status]));
}

/** A recipe, then each edit in turn: planned and run on a store that fills, and in the end once more on an empty one. */
async function holds(first: RecipeModel, edits: readonly (readonly [Edit, Style])[]): Promise<void> {
  const box = sandbox();
  const oracle = new Oracle();
  const plain = {reversed: false, flow: false, indent: 2, comment: 'plain', quoted: false};
  let model = first;
  for (const [change, look] of [[(same: RecipeModel) => same, plain] as const, ...edits]) {
    model = change(model);
    writePlugins(box, model.code);
    const text = write(model, look);
    const {ran, planned} = oracle.predict(model);
    assert.deepEqual(await planFor(box, text, 'store'), planned, text);
    const {started, results} = await runFor(box, text, 'store');
    assert.deepEqual(started, ran, text);
    if (started.length < model.stages.length) {
      const afresh = await runFor(box, text, `fresh-${++fresh}`);
      assert.equal(afresh.started.length, model.stages.length);
      assert.deepEqual(results, afresh.results, text);
    }
  }
  rmSync(box.folder, {recursive: true, force: true});
}

export async function checkEdits(runs: number, seed: number): Promise<void> {
  const edits = fc.array(fc.tuple(edit, style), {minLength: 3, maxLength: 5});
  await fc.assert(fc.asyncProperty(recipe, edits, holds), {numRuns: runs, seed, endOnFailure: true});
}
