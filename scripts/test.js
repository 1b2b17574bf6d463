// Runs the compiled tests (dist-test/) with Node's own runner and ends with the line "N passed, N failed".
//   node scripts/test.js [--slow | --all] [PATTERN ...]     slow tests are files named *.slow.test.js
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {run} from 'node:test';
import {spec} from 'node:test/reporters';
import {leftOut, prepareTools} from './test-tools.js';

const all = process.argv.includes('--all');
const slow = all || process.argv.includes('--slow');
const patterns = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const files = readdirSync('dist-test', {recursive: true})
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => all || slow === name.endsWith('.slow.test.js'))
  .filter((name) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern)))
  .map((name) => join('dist-test', name))
  .sort();
if (files.length === 0) {
  console.error(
    `Expected test files in dist-test${patterns.length > 0 ? ` that match ${patterns.join(' or ')}` : ''}, found none`,
  );
  process.exit(1);
}

try {
  prepareTools();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// a temporary folder of the run's own, in which the tests may leave nothing
const scratch = mkdtempSync(join(tmpdir(), 'tfpipe-'));
process.env.TMPDIR = scratch;
process.once('exit', () => rmSync(scratch, {recursive: true, force: true, maxRetries: 5}));
// an interrupted run waits for the end of its tests, so that they write there no more
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interrupted.abort());

const count = {passed: 0, failed: 0};
const skipped = [];
const isLeaf = (event) => event.details?.type !== 'suite';
const stream = run({files, concurrency: availableParallelism(), timeout: slow ? 3_600_000 : 600_000, signal: interrupted.signal});
stream.on('test:pass', (event) => {
  if (typeof event.skip === 'string') skipped.push(event.skip);
  if (isLeaf(event) && event.skip === undefined && event.todo === undefined) count.passed += 1;
});
stream.on('test:fail', (event) => {
  if (isLeaf(event)) count.failed += 1;
});
const report = stream.compose(new spec());
report.on('end', () => {
  const left = readdirSync(scratch);
  if (left.length > 0) console.log(`Expected the tests to leave nothing in the temporary folder, got ${left.join(', ')}`);
  const line = leftOut(skipped);
  if (line !== undefined) console.log(line);
  console.log(`${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed > 0 || count.passed === 0 || left.length > 0 ? 1 : 0;
});
report.pipe(process.stdout, {end: false});
