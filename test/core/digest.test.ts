import assert from 'node:assert/strict';
import {test} from 'node:test';
import {canonicalJson} from '#tfpipe/core/canonical-json.js';
import {digestBytes, digestJson, isDigest} from '#tfpipe/core/digest.js';

test('SHA-256 of "abc" is that of FIPS 180-4', () => {
  assert.equal(digestBytes('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('canonical JSON sorts keys at every depth and leaves out what is undefined', () => {
  assert.equal(canonicalJson({b: [1, {d: null, c: 'x'}], a: undefined, A: 1e-3}), '{"A":0.001,"b":[1,{"c":"x","d":null}]}');
});

test('equal values have equal digests whatever the order of their keys, and unequal ones do not', () => {
  assert.equal(digestJson({a: 1, b: {c: 2, d: 3}}), digestJson({b: {d: 3, c: 2}, a: 1}));
  assert.notEqual(digestJson({a: 1}), digestJson({a: '1'}));
});

test('numbers that JSON cannot hold are refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => canonicalJson({value}), /no JSON form/);
});

test('only 64 hexadecimal digits are a digest', () => {
  assert.ok(isDigest('a'.repeat(64)));
  for (const text of ['a'.repeat(63), 'A'.repeat(64), '../etc/passwd']) assert.ok(!isDigest(text));
});
