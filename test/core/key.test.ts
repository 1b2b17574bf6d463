/** Every field of a key changes it, in every part; the order in which parts were put in does not. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {isDeepStrictEqual} from 'node:util';
import fc from 'fast-check';
import {digestBytes} from '#tfpipe/core/digest.js';
import {continuationKey, type KeyFields, stageKey} from '#tfpipe/core/key.js';

const fields: KeyFields = {
  format: 1,
  type: 'train/classifier',
  code: digestBytes('code'),
  packages: {'@tensorflow/tfjs': '4.22.0'},
  params: {epochs: 5, layers: ['flatten', {dense: 10}], optimizer: {adam: {rate: 1e-3}}},
  inputs: {data: digestBytes('data')},
  types: {data: digestBytes('type')},
  externals: {weights: digestBytes('weights')},
  seed: 42,
  numerics: {backend: 'tensorflow', device: 'cpu', version: '2.21.0'},
};

type Json = null | number | string | boolean | readonly Json[] | {readonly [name: string]: Json};

/** All values that differ from `value` in one place: one leaf changed, one part more, or one less. */
function* changed(value: Json): Generator<Json> {
  yield value === null ? 0 : null;
  if (typeof value === 'number') yield value + 1;
  if (typeof value === 'string') yield `${value}x`;
  if (Array.isArray(value)) {
    yield [...value, 0];
    for (const [index, item] of value.entries()) {
      yield value.filter((_, other) => other !== index);
      for (const other of changed(item as Json)) yield value.with(index, other);
    }
  } else if (typeof value === 'object' && value !== null) {
    yield {...value, more: 0};
    for (const [name, item] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
      for (const other of changed(item as Json)) yield {...value, [name]: other};
    }
  }
}

test('a change of any part of any field is another key, and no two changes share one', () => {
  const keys = new Map<string, Json>([[stageKey(fields), fields as unknown as Json]]);
  for (const [name, value] of Object.entries(fields))
    for (const other of changed(value as Json)) {
      const key = stageKey({...fields, [name]: other} as KeyFields);
      const text = JSON.stringify(other);
      assert.ok(!keys.has(key), `${name}: ${text} has the key of ${JSON.stringify(keys.get(key))}`);
      keys.set(key, other);
    }
  assert.ok(keys.size > 60, `${keys.size} keys`);
});

const shuffled = (value: unknown, order: () => number): unknown => {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, order));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [order(), name, shuffled(item, order)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a - b).map(([, name, item]) => [name, item]));
};

test('any JSON as params: equal values have one key, whatever the order of their names, and other values another', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.integer(),
      (a, b, seed) => {
        let state = seed;
        const order = (): number => (state = (state * 1103515245 + 12345) % 2147483648);
        const keyOf = (params: unknown): string => stageKey({...fields, params: params as Record<string, unknown>});
        assert.equal(keyOf(shuffled(a, order)), keyOf(a));
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        if (!isDeepStrictEqual(plain(a), plain(b))) assert.notEqual(keyOf(a), keyOf(b));
      },
    ),
    {seed: 42, numRuns: 300},
  );
});

test('a continuation’s key forgets the params that say how far a stage goes, and nothing else', () => {
  const key = continuationKey(fields, ['epochs']);
  assert.equal(continuationKey({...fields, params: {...fields.params, epochs: 6}}, ['epochs']), key);
  assert.notEqual(continuationKey({...fields, params: {...fields.params, layers: []}}, ['epochs']), key);
  assert.notEqual(continuationKey({...fields, seed: 43}, ['epochs']), key);
  assert.notEqual(key, stageKey(fields));
});
