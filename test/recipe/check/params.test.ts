import assert from 'node:assert/strict';
import {test} from 'node:test';
import {checkSchema} from '#tfpipe/recipe/check/params.js';
import {collectProblems} from '#tfpipe/recipe/problems.js';
import {parseYaml} from '#tfpipe/recipe/read/parse-yaml.js';
import {toValue} from '#tfpipe/recipe/read/tree.js';
import type {JsonSchema} from '#tfpipe/recipe/schema/describe-schema.js';

/** Messages for a YAML text checked by a schema, each with the text it points at. */
function check(schema: JsonSchema, text: string): {value: unknown; said: readonly string[]} {
  const problems = collectProblems();
  const tree = parseYaml({name: 'x', text}, problems);
  assert(tree);
  const value = toValue(tree);
  checkSchema(schema, value, {tree, name: 'it'}, problems);
  return {
    value,
    said: problems.found.map(
      ({message, hint, span}) => `${text.slice(span.start, span.end)} | ${message}${hint ? ` | ${hint}` : ''}`,
    ),
  };
}

const of = (schema: JsonSchema): JsonSchema => ({type: 'object', properties: {x: schema}, additionalProperties: false});

const cases: readonly [name: string, schema: JsonSchema, text: string, ...said: string[]][] = [
  [
    'a number with one bound',
    {type: 'number', minimum: 0},
    'x: -1',
    '-1 | Expected `x` to be a number of at least 0, got `-1` (number)',
  ],
  ['a number above', {type: 'number', exclusiveMinimum: 0}, 'x: 0', '0 | Expected `x` to be a number above 0, got `0` (number)'],
  ['an integer', {type: 'integer'}, 'x: 1.5', '1.5 | Expected `x` to be an integer, got `1.5` (number)'],
  ['a multiple', {type: 'integer', multipleOf: 8}, 'x: 9', '9 | Expected `x` to be an integer divisible by 8, got `9` (number)'],
  [
    'both bounds crossed once',
    {type: 'number', minimum: 1, maximum: 2},
    'x: 3',
    '3 | Expected `x` to be a number between 1 and 2, got `3` (number)',
  ],
  [
    'a list of numbers',
    {type: 'array', items: {type: 'number'}, minItems: 2, maxItems: 2},
    'x: [1]',
    '[1] | Expected `x` to be a list of 2 numbers, got a list of 1 item',
  ],
  [
    'an item of a list',
    {type: 'array', items: {type: 'number'}},
    'x: [1, a]',
    'a | Expected `x[1]` to be a number, got `a` (string)',
  ],
  [
    'repeats',
    {type: 'array', uniqueItems: true, items: {type: 'string'}},
    'x: [a, b, a]',
    'a | Expected `x` to be a list without repeats, got item [0] again at [2]',
  ],
  [
    'a pattern',
    {type: 'string', pattern: '^a', 'x-expected': 'a word in a'},
    'x: b',
    'b | Expected `x` to be a word in a, got `b` (string)',
  ],
  ['a nullable', {type: ['number', 'null']}, 'x: b', 'b | Expected `x` to be a number or null, got `b` (string)'],
  ['a constant', {const: 'a'}, 'x: b', 'b | Expected `x` to be `a`, got `b` (string)'],
  [
    'one key of several',
    {type: 'object', minProperties: 1, maxProperties: 1, properties: {adam: {}, sgd: {}}, additionalProperties: false},
    'x: {}',
    '{} | Expected `x` to have one of `adam` or `sgd`, got an empty mapping',
  ],
  [
    'one key only',
    {type: 'object', minProperties: 1, maxProperties: 1, properties: {adam: {}, sgd: {}}, additionalProperties: false},
    'x: {adam: 1, sgd: 2}',
    '{adam: 1, sgd: 2} | Expected `x` to have a single key, got `adam`, `sgd`',
  ],
  [
    'alternatives told apart by a fixed property',
    {
      anyOf: [
        {
          type: 'object',
          additionalProperties: false,
          required: ['kind', 'size'],
          properties: {kind: {const: 'a'}, size: {type: 'number'}},
        },
        {
          type: 'object',
          additionalProperties: false,
          required: ['kind', 'size'],
          properties: {kind: {const: 'b'}, size: {type: 'string'}},
        },
      ],
    },
    'x: {kind: b, size: 3}',
    '3 | Expected `x.size` to be a string, got `3` (number) | Put it between quotes: `"3"`.',
  ],
  [
    'a nested choice is explained by its nearest alternative',
    {
      type: 'array',
      items: {
        anyOf: [
          {type: 'string', enum: ['relu']},
          {
            type: 'object',
            additionalProperties: false,
            required: ['dense'],
            properties: {
              dense: {
                anyOf: [
                  {type: 'integer'},
                  {type: 'object', additionalProperties: false, required: ['units'], properties: {units: {type: 'integer'}}},
                ],
              },
            },
          },
        ],
      },
    },
    'x: [relu, {dense: {unit: 3}}]',
    'unit | Expected `x[1].dense` to have no keys but `units`, got `unit` | Did you mean `units`?',
  ],
  [
    'no alternative takes the type',
    {anyOf: [{type: 'integer', minimum: 1}, {const: false}]},
    'x: [1]',
    '[1] | Expected `x` to be an integer of at least 1 or `false`, got a list of 1 item',
  ],
];

for (const [name, schema, text, ...said] of cases) {
  test(`schema error: ${name}`, () => {
    assert.deepEqual(check(of(schema), text).said, said);
  });
}

test('defaults are filled in, nested ones too, and a fresh copy each time', () => {
  const schema = of({type: 'object', default: {}, properties: {a: {type: 'array', items: {}, default: [1]}}});
  const first = check(schema, '{}').value as {x: {a: number[]}};
  first.x.a.push(2);
  assert.deepEqual(check(schema, '{}').value, {x: {a: [1]}});
});

test('a part that stands several times, as one object, is checked, explained and filled in as its copies would be', () => {
  const options: JsonSchema = {type: 'object', properties: {rate: {type: 'number', minimum: 0, default: 1}}, default: {}};
  const layer: JsonSchema = {
    anyOf: [{enum: ['relu', 'tanh']}, {type: 'object', required: ['dense'], properties: {dense: {type: 'integer', minimum: 1}}}],
  };
  const list: JsonSchema = {type: 'array', items: layer};
  const network: JsonSchema = {type: 'object', properties: {first: list, second: list, one: layer, fast: options, slow: options}};
  for (const schema of [network, structuredClone(network)]) {
    const {value, said} = check(schema, 'first: [relux]\nsecond: [relu, {dense: 0}]\none: 3\nfast: {rate: -1}\n');
    assert.deepEqual(said, [
      'relux | Expected `first[0]` to be one of `relu`, `tanh` or `dense`, got `relux` (string) | Did you mean `relu`?',
      '0 | Expected `second[1].dense` to be an integer of at least 1, got `0` (number)',
      '3 | Expected `one` to be one of `relu` or `tanh` or `{dense: …}`, got `3` (number)',
      '-1 | Expected `fast.rate` to be a number of at least 0, got `-1` (number)',
    ]);
    assert.deepEqual((value as {slow: unknown}).slow, {rate: 1});
  }
});

test('a default in an alternative throws, however often the alternative stands there', () => {
  const alternative: JsonSchema = {type: 'object', properties: {a: {type: 'integer', default: 1}}};
  const choice: JsonSchema = {anyOf: [{type: 'integer'}, alternative]};
  assert.throws(() => check({type: 'object', properties: {x: choice, y: choice}}, 'x: 1'), /default is ignored/);
});

test('a schema that cannot be compiled throws', () => {
  assert.throws(() => check(of({type: 'number', unheardOf: true}), 'x: 1'), /unheardOf/);
});
