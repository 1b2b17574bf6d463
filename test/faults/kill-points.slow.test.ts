import {test} from 'node:test';
import {killPoints} from './kill-points.js';

test('kill -9 at 500 moments: each rerun ends with the reference digests in a clean store', {timeout: 3_600_000}, () =>
  killPoints(500, 2),
);
