import assert from 'node:assert/strict';
import {test} from 'node:test';
import {formatBytes, formatCount, formatFigure, formatSeconds} from '#tfpipe/util/format.js';

test('seconds, with two units where they grow long, and never 60 of one', () => {
  const told = [0.0004, 0.0949, 0.42, 0.999, 9.94, 9.96, 59.4, 59.6, 185, 3599.6, 7620];
  const expected = [
    '0 ms',
    '95 ms',
    '0.42 s',
    '1.00 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 00 s',
    '3 min 05 s',
    '1 h 00 min',
    '2 h 07 min',
  ];
  assert.deepEqual(told.map(formatSeconds), expected);
});

test('bytes in decimal units', () => {
  assert.deepEqual([0, 812, 999, 999.6, 9949, 812_000, 1.4e9, 5e15].map(formatBytes), [
    ...['0 B', '812 B', '999 B', '1.0 kB', '9.9 kB', '812 kB', '1.4 GB', '5000 TB'],
  ]);
});

test('figures have four significant digits, and no exponent that is longer to read', () => {
  assert.deepEqual([0, 60_000, 0.123456, -1234.56, 1e-5, 2e7, Number.NaN].map(formatFigure), [
    ...['0', '60000', '0.1235', '-1235', '1.00e-5', '2.00e+7', 'NaN'],
  ]);
  assert.deepEqual([formatCount(1, 'result'), formatCount(0, 'result')], ['1 result', '0 results']);
});
