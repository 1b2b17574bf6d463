// Runs the compiled tests (dist-test/) with Node's own runner and ends with the line "N passed, N failed".
//   node scripts/test.js [--slow | --all] [PATTERN ...]     slow tests are files named *.slow.test.js
import {readdirSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {run} from 'node:test';
import {spec} from 'node:test/reporters';

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

const count = {passed: 0, failed: 0};
const isLeaf = (event) => event.details?.type !== 'suite';
const stream = run({files, concurrency: availableParallelism(), timeout: slow ? 3_600_000 : 600_000});
stream.on('test:pass', (event) => {
  if (isLeaf(event) && event.skip === undefined && event.todo === undefined) count.passed += 1;
});
stream.on('test:fail', (event) => {
  if (isLeaf(event)) count.failed += 1;
});
const report = stream.compose(new spec());
report.on('end', () => {
  console.log(`${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
});
report.pipe(process.stdout, {end: false});
