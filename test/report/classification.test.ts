import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {sandbox} from '../cli/pipeline.js';
import {accessible, browser, noBrowser} from './browser.js';

const {open} = browser();
const box = sandbox();

test('the confusion matrix and the mistakes are part of the page', {skip: noBrowser}, async () => {
  box.write(
    'digits.yaml',
    `name: digits
stages:
  digits: {use: load/mnist, with: {limit: 200}}
  scaled: {use: normalise/scale, in: digits}
  net: {use: train/classifier, in: scaled, with: {layers: [flatten, {dense: 10}], epochs: 2}}
  grades: {use: evaluate/classifier, in: {data: scaled, model: net.model}}
  confusion: {use: visualise/confusion-matrix, in: grades.confusion}
  mistakes: {use: visualise/mistakes, in: {data: scaled, predictions: grades.predictions}, with: {count: 12}}
checks: ["grades.accuracy > 0.3", net.parameters == 7850]
`,
  );
  const {status, stderr} = box.pipeline('run', 'digits.yaml');
  assert.equal(status, 0, stderr);
  const opened = await open(pathToFileURL(resolve(box.folder, 'runs', 'latest', 'report.html')).href, {colorScheme: 'dark'});
  await accessible(opened);
  const page = await opened.content();
  const table = /<table class="counts">.*?<\/table>/s.exec(page)?.[0] ?? '';
  const [head, ...rows] = (table.match(/<tr>.*?<\/tr>/gs) ?? []) as [string, ...string[]];
  assert.equal(head.match(/<th/g)?.length, 11);
  // a row a digit and one of precisions; a digit's cells, and its recall
  assert.deepEqual(
    rows.map((row) => row.match(/<td/g)?.length),
    new Array(11).fill(11),
  );
  const cells = [...table.matchAll(/<td class="(?:right|wrong)"[^>]*>(\d*)<\/td>/g)].map(([, count]) => Number(count));
  assert.equal(cells.length, 100);
  assert.equal(
    cells.reduce((sum, count) => sum + count, 0),
    200,
  );
  const cards = /<ul class="cards">.*?<\/ul>/s.exec(page)?.[0] ?? '';
  assert.equal(cards.match(/<li>/g)?.length, 12);
  assert.match(cards, /<b>\d<\/b><span>is \d<\/span><small>\d+\.\d % · no\. \d+<\/small>/);
  // without scripts the pictures are there
  assert.equal(readFileSync(join(box.folder, 'runs', 'latest', 'report.html'), 'utf8').match(/<img /g)?.length, 2);
});
