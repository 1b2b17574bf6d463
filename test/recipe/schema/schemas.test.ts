// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Ajv} from 'ajv';
import {parse} from 'yaml';
import {ownKeywords} from '#tfpipe/recipe/check/params.js';
import {nodeSchema, recipeSchema} from '#tfpipe/recipe/schema/schemas.js';
import {fixtureDefinitions} from '../fixtures/nodes.js';

const ajv = new Ajv({
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  allErrors: true,
}).addVocabulary([...ownKeywords, 'markdownDescription', 'patternErrorMessage']);
const schema = recipeSchema(fixtureDefinitions);
const validate = ajv.compile(schema);

const recipe = (stages: string): unknown => parse(`name: x\nparams: {n: 3}\nstages:\n  digits: {use: load/digits}\n${stages}`);

const right = [
  '  s: {use: normalise/scale, in: digits}',
  '  s: {use: normalise/scale, in: {data: digits.data}, with: {to: "${range}"}}',
  '  s: {use: normalise/scale, in: digits, with: {to: ["${low}", 1]}}',
  '  s: {use: train/autoencoder, in: digits, with: {latent: "${n}", encoder: [relu, {dense: "${n}"}, "${layer}", {conv2d: {filters: "${n}", kernel: 3}}], optimizer: {rate: "${n}"}}}',
  '  s: {use: visualise/map, in: digits, with: {title: "after ${n}"}}',
  '  s: {use: featurize/encode, in: {data: digits, model: s.encoder}}',
];
const more: readonly string[] = [
  'extends: base.yaml\nstages: {ae: ~, scaled: {with: {to: [0, 2]}}}',
  'name: x\nblocks: {h: [{dense: "${n}"}, relu]}\nstages: {s: {use: train/autoencoder, in: d, with: {latent: 1, encoder: [{block: h, n: 3}, relu]}}}',
  'name: x\nstages: {s: {use: load/digits, foreach: {size: [1, 2]}, when: "${on}", seed: 3, run: {timeout: 30m, retries: "${n}"}, with: {size: "${size}"}}}',
  'name: x\nchecks: [s.accuracy > 0.5]\nstages: {s: {use: ./my/node.ts}, t: {use: "@acme/nodes/blur", in: s}, u: {use: acme/blur, in: {many: [s, t]}}}',
];
const less: readonly string[] = [
  'stages: {s: {use: load/digits}}',
  'name: x\nstages: {s: {with: {size: 3}}}',
  'extends: base.yaml\nstages: {scaled: {wiht: {}}}',
  'name: x\nstages: {s: {use: load/digits, run: {timeout: 30 m}}}',
  'name: x\nstages: {s: {use: load/digits, when: maybe}}',
];

for (const text of more) {
  test(`editors accept ${text.replaceAll('\n', ' ')}`, () => {
    assert(validate(parse(text)), ajv.errorsText(validate.errors));
  });
}

for (const text of less) {
  test(`editors underline ${text.replaceAll('\n', ' ')}`, () => {
    assert.equal(validate(parse(text)), false);
  });
}

const wrong = [
  '  s: {use: normalise/scales, in: digits}',
  '  s: {in: digits}',
  '  s: {use: normalise/scale}',
  '  s: {use: normalise/scale, in: {date: digits}}',
  '  s: {use: normalise/scale, in: digits, with: {too: [0, 1]}}',
  '  s: {use: normalise/scale, in: digits, with: {to: [0, one]}}',
  '  s: {use: normalise/scale, in: digits, wiht: {}}',
  '  s: {use: train/autoencoder, in: digits}',
  '  s: {use: train/autoencoder, in: digits, with: {latent: ten, encoder: [relu]}}',
  '  s: {use: train/autoencoder, in: digits, with: {latent: 1, encoder: [{dnse: 3}]}}',
  '  s: {use: featurize/encode, in: digits}',
  '  s: {use: load/pair, in: digits}',
];

for (const stages of right) {
  test(`editors accept${stages}`, () => {
    assert(validate(recipe(stages)), ajv.errorsText(validate.errors));
  });
}

for (const stages of wrong) {
  test(`editors underline${stages}`, () => {
    assert.equal(validate(recipe(stages)), false);
  });
}

test('the authoring schema is plain JSON, in the same order whatever the order of definitions, with hover texts', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
  assert.equal(JSON.stringify(recipeSchema([...fixtureDefinitions].reverse())), JSON.stringify(schema));
  const params = (
    schema['definitions'] as Record<string, {properties: Record<string, {description?: string; default?: unknown}>}>
  )['train.autoencoder']?.properties;
  assert.deepEqual(
    {description: params?.['epochs']?.description, default: params?.['epochs']?.default},
    {description: 'Passes over the training data', default: 10},
  );
});

test('the resolved schema of a node takes no references; defaulted params are not required', () => {
  const train = fixtureDefinitions.find(({type}) => type === 'train/autoencoder');
  assert(train);
  const strict = new Ajv({strict: false}).compile(nodeSchema(train));
  assert.equal(strict({latent: 3, encoder: ['relu']}), true);
  assert.equal(strict({latent: '${n}', encoder: ['relu']}), false);
  assert.equal(strict({encoder: ['relu']}), false);
});
