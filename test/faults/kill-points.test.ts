import {test} from 'node:test';
import {killPoints} from './kill-points.js';

test('kill -9 at 16 moments: a rerun ends with the reference digests in a clean store', {timeout: 300_000}, () =>
  killPoints(16, 1),
);
