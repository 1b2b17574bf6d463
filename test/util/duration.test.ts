import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseDuration} from '#tfpipe/util/duration.js';

test('seconds from numbers and from texts with a unit', () => {
  assert.deepEqual([90, '90s', '1.5m', '2h', '30d'].map(parseDuration), [90, 90, 90, 7200, 2_592_000]);
});
