import assert from 'node:assert/strict';
import {test} from 'node:test';
import {canonicalJson} from '#tfpipe/core/canonical-json.js';

test('keys are sorted at every depth, absent members left out, lists keep their order', () => {
  assert.equal(canonicalJson({b: [3, {z: null, a: 'x'}], a: undefined, A: 1}), '{"A":1,"b":[3,{"a":"x","z":null}]}');
  assert.equal(canonicalJson({a: 1, b: 2}), canonicalJson({b: 2, a: 1}));
  assert.equal(canonicalJson(undefined), 'null');
});

test('a number without a JSON form is a broken invariant', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => canonicalJson({a: [value]}), TypeError);
});
