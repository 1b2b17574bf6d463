import assert from 'node:assert/strict';
import {test} from 'node:test';
import {append, groupBy} from '#tfpipe/util/group-by.js';

test('items of one key stand together in their order', () => {
  const groups = groupBy([1, 2, 3, 4], (item) => item % 2);
  assert.deepEqual(
    [...groups],
    [
      [1, [1, 3]],
      [0, [2, 4]],
    ],
  );
  append(groups, 0, 6);
  assert.deepEqual(groups.get(0), [2, 4, 6]);
});
