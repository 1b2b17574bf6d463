// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
/** The parts of a recipe that are in the keys, and those that are not. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestJson} from '#tfpipe/core/digest.js';
import type {Plan} from '#tfpipe/core/plan.js';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {loadRecipeText} from '#tfpipe/recipe/load-recipe.js';
import {completeKey} from '#tfpipe/runner/plan/look-up.js';
import {makePlan} from '#tfpipe/runner/plan/plan.js';

const recipe = `name: x
stages:
  digits: {use: load/mnist, with: {limit: 100}}
  scaled: {use: normalise/scale, in: digits}
`;

async function plan(text: string, set: readonly string[] = []): Promise<Plan> {
  const {recipe: loaded, diagnostics} = await loadRecipeText({name: 'x.yaml', text}, {set, registry: builtinNodes()});
  assert(loaded, JSON.stringify(diagnostics.map(({message}) => message)));
  return makePlan(loaded, {backend: 'tensorflow', device: 'cpu', version: '2.21.0'});
}
const fields = ({stages}: Plan): unknown => stages.map(({name, fields: each, inputs}) => [name, each, inputs]);

test('run, checks, unused blocks and params, and how a value came to stand there are in no key', async () => {
  const plain = await plan(recipe);
  const run = 'run={timeout: 30m, retries: 2, resources: {gpu: 1}, checkpoint: 90, tripwires: warn}';
  const other = await plan(`params: {limit: 100, other: 3}\nblocks: {a: [relu]}\nchecks: []\n${recipe}`, [
    `stages.digits.${run}`,
    'stages.digits.when=true',
    'digits.limit=${limit}',
  ]);
  assert.deepEqual(fields(other), fields(plain));
  assert.deepEqual(other.stages[0]?.run, {
    timeout: 1800,
    retries: 2,
    resources: {cpu: 1, gpu: 1},
    checkpoint: 90,
    tripwires: 'warn',
  });
  assert.deepEqual(plain.stages[0]?.run, {retries: 0, resources: {cpu: 1, gpu: 0}, checkpoint: 30, tripwires: 'fail'});
});

test('a stage of its own seed has another key, and a plan is plain data with its checks', async () => {
  const trained = `${recipe}  classifier: {use: train/classifier, in: scaled, with: {layers: [flatten, {dense: 10}]}}\n`;
  const plain = await plan(trained);
  const other = await plan(`checks: [classifier.loss < 3]\n${trained}`, ['stages.classifier.seed=7']);
  assert.equal(other.stages[2]?.fields.seed, 7);
  assert.notDeepEqual(other.stages[2]?.fields, plain.stages[2]?.fields);
  assert.deepEqual(JSON.parse(JSON.stringify(other)), other);
  assert.deepEqual(other.checks, [
    {
      text: 'classifier.loss < 3',
      stage: 'classifier',
      metric: 'loss',
      operator: '<',
      value: 3,
      place: {file: 'x.yaml', line: 1, column: 10, length: 19, text: 'checks: [classifier.loss < 3]'},
    },
  ]);
});

test('only stages that draw random numbers have a seed in their key: a name or another seed reruns no others', async () => {
  const text = `${recipe}  few: {use: select/balanced, in: scaled, with: {perClass: 1}}\n`;
  const plain = await plan(text);
  assert.deepEqual(
    plain.stages.map(({fields: {seed}}) => seed === null),
    [true, true, false],
  );
  const renamed = await plan(text.replaceAll('scaled', 'bright'));
  assert.deepEqual(renamed.stages[1]?.fields, plain.stages[1]?.fields);
  const reseeded = await plan(text, ['seed=2']);
  assert.deepEqual(reseeded.stages[1]?.fields, plain.stages[1]?.fields);
  assert.notEqual(reseeded.stages[2]?.fields.seed, plain.stages[2]?.fields.seed);
});

test('copies of a stage start from the same random numbers; a seed of their own varies them on purpose', async () => {
  const copies = async (more: string) => {
    const few = `  few: {foreach: {n: [1, 2]}, use: select/balanced, in: scaled, with: {perClass: '\${n}'}${more}}\n`;
    const {stages} = await plan(recipe + few);
    return stages.slice(2).map((stage) => stage.fields.seed);
  };
  const [first, second] = await copies('');
  assert.equal(first, second);
  assert.deepEqual(await copies(", seed: '${n}'"), [1, 2]);
});

test('the declared types of inputs are in the key beside their bytes', async () => {
  const planned = (await plan(recipe)).stages[1];
  assert(planned);
  const inputs = {data: digestJson('bytes')};
  const keyOf = (range: readonly number[]) => completeKey(planned, {inputs, types: {data: digestJson({range})}}).key;
  assert.equal(keyOf([0, 1]), keyOf([0, 1]));
  assert.notEqual(keyOf([0, 1]), keyOf([0, 2]));
});
