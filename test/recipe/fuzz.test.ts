/** A few of the inputs of fuzz.slow.test.ts, the same each time. */
import {test} from 'node:test';
import fc from 'fast-check';
import {fuzzes, newTally} from './fuzz.js';

for (const {name, share, property} of fuzzes) {
  test(`fuzz: ${name}`, () => fc.assert(property(newTally()), {numRuns: 15 * share, seed: 1}));
}
