import assert from 'node:assert/strict';
import {test} from 'node:test';
import {historyColumns} from '#tfpipe/core/epoch-history.js';

test('a column a figure, in the order of their first epoch, null where an epoch has none', () => {
  const history = [
    {epoch: 1, loss: 0.5},
    {epoch: 2, loss: 0.25, 'validation/loss': 0.3},
  ];
  assert.deepEqual(historyColumns(history), {epoch: [1, 2], loss: [0.5, 0.25], 'validation/loss': [null, 0.3]});
  assert.deepEqual(historyColumns([]), {epoch: []});
});
