import assert from 'node:assert/strict';
import {readFileSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {type Sandbox, sandbox, smallRecipe} from '../cli/pipeline.js';
import {rendered} from './browser.js';

const attack = '</script><img src=x onerror=document.title=1>';
let box: Sandbox;
let path: string;
before(() => {
  box = sandbox();
  // the attack stands in the recipe's text, in a param and in a figure's title
  box.write(
    'small.yaml',
    `# ${attack}\n${smallRecipe({title: `'${attack}'`})}`.replace('params:\n', `params:\n  note: '${attack}'\n`),
  );
  box.pipeline('run', 'small.yaml');
  path = join(box.folder, 'runs', 'latest', 'report.html');
});
after(() => rmSync(box.folder, {recursive: true, force: true}));

test('it is one file of at most 5 MB that loads nothing', () => {
  const page = readFileSync(path, 'utf8');
  assert.ok(statSync(path).size < 5e6, `${statSync(path).size} bytes`);
  assert.ok(page.includes("default-src 'none'"));
  const withoutLibraries = page.replace(/<script>[\s\S]*?<\/script>/g, '');
  assert.deepEqual(withoutLibraries.match(/(?:src|href)="(?!data:)[^"]*"/g), null);
});

test('every stage, every score and every picture is there, pictures with a text for who cannot see them', () => {
  const page = readFileSync(path, 'utf8');
  for (const name of ['digits', 'scaled', 'aae', 'codes', 'score', 'curves', 'reconstructions', 'styles', 'map'])
    assert.match(page, new RegExp(`<th scope="row">${name}</th>`));
  for (const score of ['reconstructionBCE', 'slicedWasserstein', 'nearestNeighbourAccuracy'])
    assert.ok(new RegExp(`<dt>${score}</dt><dd>[\\d.]+`).test(page), score);
  const pictures = page.match(/<img src="data:image\/png;base64,[^"]{1000,}" alt="[^"]{20,}">/g);
  assert.equal(pictures?.length, 4);
});

test('in a browser the charts and the map are drawn, and what the recipe says stays text', () => {
  const page = rendered(path);
  const shows = (what: string, pattern: RegExp): void => assert.ok(pattern.test(page), what);
  shows('Vega drew the curves', /<div class="panel" role="graphics-document"[^>]*><svg [^>]*class="marks"/);
  shows('the map is a canvas that keys reach', /<canvas tabindex="0" role="img" aria-label="A map of 300 codes/);
  assert.equal(page.match(/<button type="button" aria-pressed="true"><i/g)?.length, 10, 'a button a digit');
  shows('the attack did not run', /<title>small · /);
});
