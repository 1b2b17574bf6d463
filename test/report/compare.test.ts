import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {sandbox} from '../cli/pipeline.js';
import {accessible, browser, noBrowser} from './browser.js';

const {open} = browser();
const box = sandbox();

const attack = '<img src=x onerror=alert(1)>';
const recipe = (name: string, train: string): string => `name: ${name}
params: {title: '${attack}'}
stages:
  digits: {use: load/mnist, with: {limit: 200}}
  model: {in: digits, ${train}}
  grades: {use: evaluate/classifier, in: {data: digits, model: model.model}}
  some: {use: visualise/images, in: digits, with: {count: 4, title: '\${title}'}}
  mistakes: {use: visualise/mistakes, in: {data: digits, predictions: grades.predictions}, with: {count: 5}}
`;
const told = (...args: string[]): string => {
  const {status, stdout, stderr} = box.pipeline(...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
const runs: string[] = [];
let url: string;
before(() => {
  box.write('net.yaml', recipe('net', 'use: train/classifier, with: {layers: [flatten, {dense: 10}], epochs: 2}'));
  box.write('trees.yaml', recipe('trees', 'use: train/forest, with: {trees: 20}'));
  for (const name of ['net', 'trees']) {
    told('run', `${name}.yaml`, '-q');
    runs.push((JSON.parse(told('runs', '--json')) as {id: string}[]).at(-1)?.id ?? '');
  }
  told('compare', ...runs, '--html', 'compare.html');
  url = pathToFileURL(resolve(box.folder, 'compare.html')).href;
});

test('the table has the metrics of both, with deltas from the first; JSON the same', () => {
  const shown = told('compare', ...runs);
  assert.match(shown, /^ +net +trees\n {2}run +\S+-net +\S+-trees\n/);
  assert.match(shown, /\n {2}grades\.accuracy +0\.\d+ +0\.\d+ [+-]0\.\d+\n/);
  assert.match(shown, /\n {2}model\.validation\/loss +[\d.]+ +[\d.]+ [+-]/);
  const {metrics} = JSON.parse(told('compare', ...runs, '--json')) as {metrics: {name: string; values: (number | null)[]}[]};
  const nodes = metrics.find(({name}) => name === 'model.nodes');
  assert.equal(nodes?.values[0], null);
  assert.ok(Number(nodes?.values[1]) > 100);
});

test('what cannot be compared is told', () => {
  const refusal = (...args: string[]): string => {
    const {status, stdout, stderr} = box.pipeline('compare', ...args);
    assert.equal(status, 2, stdout + stderr);
    return stderr;
  };
  assert.match(refusal('latest'), /^error Expected two runs or more, got 1\n/);
  assert.match(refusal('latest', runs[1] ?? ''), /^error Expected each run once, got `\S+-trees` twice\n/);
  assert.match(refusal('latest', 'nought'), /^error Expected a run of `runs`, got `nought`\n/);
  assert.match(
    refusal(...runs, '--html', 'no/where.html'),
    /^error Expected `no\/where\.html` to be a place to write to, got ENOENT\n/,
  );
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`the page in ${colorScheme}: classifiers, curves, matrices, classes and mistakes of both, and no finding of axe`, {
    skip: noBrowser,
  }, async () => {
    const page = await open(url, {colorScheme});
    await accessible(page);
    assert.deepEqual(await page.locator('#classifiers-title ~ .scroll tbody th').allTextContents(), ['net', 'trees']);
    assert.ok((await page.locator('.chart').count()) >= 3);
    assert.equal(await page.locator('.counts').count(), 2);
    assert.deepEqual(await page.locator('.by-class .group').allTextContents(), ['net', 'trees']);
    assert.equal(await page.locator('.cards').count(), 2);
    assert.equal(await page.locator('figure img').count(), 2);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
  });

test('on a narrow screen nothing is wider than the page', {skip: noBrowser}, async () => {
  const page = await open(url, {viewport: {width: 380, height: 800}});
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
});

test('it is one file that loads nothing, and what recipes say stays text', () => {
  const text = readFileSync(join(box.folder, 'compare.html'), 'utf8');
  assert.match(text, /default-src 'none'; img-src data: blob:/);
  const markup = text.replace(/<script>[\s\S]*?<\/script>/g, '');
  assert.deepEqual(markup.match(/src(?:set)?="(?!data:)[^"]*"/g), null);
  assert.ok(!markup.includes(attack));
});
