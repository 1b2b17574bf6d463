import {test} from 'node:test';
import {checkEdits} from './edits.js';

test('100 random recipes, randomly edited: as the oracle, `plan` and an empty cache say', {timeout: 3_600_000}, () =>
  checkEdits(100, 2),
);
