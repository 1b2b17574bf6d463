import {test} from 'node:test';
import {checkEdits} from './edits.js';

test(
  'random recipes, randomly edited: what runs is what the oracle says and `plan` said, results are as from an empty cache',
  {
    timeout: 300_000,
  },
  () => checkEdits(4, 1),
);
