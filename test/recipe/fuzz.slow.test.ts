/** A million inputs: npm run test:slow -- recipe/fuzz; FUZZ_INPUTS and FUZZ_SEED for more of them, and others. docs/results.md has the figures. */
import {test} from 'node:test';
import fc from 'fast-check';
import {fuzzes, newTally} from './fuzz.js';

const inputs = Number(process.env['FUZZ_INPUTS'] ?? 1_000_000);
const seed = Number(process.env['FUZZ_SEED'] ?? 42);

for (const {name, share, property} of fuzzes) {
  test(`fuzz: ${name}`, async (t) => {
    const tally = newTally();
    const began = performance.now();
    await fc.assert(property(tally), {numRuns: Math.ceil((inputs * share) / 100), seed});
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const {longest, sound, codes} = tally;
    t.diagnostic(`${tally.inputs} inputs in ${seconds} s: ${sound} without an error, ${codes.size} codes seen in the others`);
    t.diagnostic(`the longest took ${longest.seconds.toFixed(2)} s: ${JSON.stringify(longest.text)}`);
  });
}
