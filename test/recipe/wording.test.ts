import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nearest, oneOf, printable, quote, showValue, suggest} from '#tfpipe/recipe/wording.js';

test('values as messages show them', () => {
  assert.deepEqual([null, undefined, [], [1], {}, {a: 1}, '', 1.5, true].map(showValue), [
    ...['nothing (null)', 'nothing', 'an empty list', 'a list of 1 item', 'an empty mapping', 'a mapping with `a`'],
    ...['an empty text', '`1.5` (number)', '`true` (boolean)'],
  ]);
});

test('control characters never reach the terminal, and long texts are cut', () => {
  assert.equal(printable('a\u001b[2Jb\n\u202e'), 'a\\u001b[2Jb\\n\\u202e');
  assert.equal(quote('x'.repeat(70)), `\`${'x'.repeat(60)}…\``);
});

test('the nearest name, by letters, case, dashes and beginnings; none where nothing is near', () => {
  const names = ['epochs', 'batchSize', 'validateEvery'];
  assert.deepEqual(
    ['epoch', 'batch_size', 'validate', 'x', 'epochs'].map((name) => nearest(name, names)),
    [...['epochs', 'batchSize', 'validateEvery', undefined, undefined]],
  );
  assert.equal(suggest('epoch', names, 'There are'), 'Did you mean `epochs`?');
  assert.equal(suggest('zzz', ['a', 'b'], 'There are'), 'There are: `a`, `b`.');
  assert.equal(oneOf(['a', 'b', 'c']), '`a`, `b` or `c`');
});
