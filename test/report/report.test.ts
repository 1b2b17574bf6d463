import assert from 'node:assert/strict';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import type {Page} from 'playwright-core';
import {type Sandbox, sandbox, smallRecipe} from '../cli/pipeline.js';
import {accessible, browser, noBrowser, shows} from './browser.js';

const attack = '</script><img src=x onerror=document.title=1>';
const {open} = browser();
let box: Sandbox;
let path: string;
let url: string;
before(() => {
  box = sandbox();
  // the attack stands in the recipe's text, in a param and in a figure's title
  box.write(
    'small.yaml',
    `# ${attack}\n${smallRecipe({title: `'${attack}'`})}`.replace('params:\n', `params:\n  note: '${attack}'\n`),
  );
  const {status, stdout, stderr} = box.pipeline('run', 'small.yaml', '--set', 'epochs=3');
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  path = join(box.folder, 'runs', 'latest', 'report.html');
  url = pathToFileURL(path).href;
});

/** What the page says of the point under the cursor. */
const hint = (page: Page) => page.locator('.map .hint');
const readout = (page: Page) => page.locator('.chart output').first();

test('it is one file of at most 5 MB that loads nothing', () => {
  const page = readFileSync(path, 'utf8');
  assert.ok(statSync(path).size < 5e6, `${statSync(path).size} bytes`);
  assert.match(page, /default-src 'none'; img-src data: blob:; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/);
  const markup = page.replace(/<script>[\s\S]*?<\/script>/g, '');
  assert.deepEqual(markup.match(/src(?:set)?="(?!data:)[^"]*"/g), null);
  const links = [...markup.matchAll(/href="([^"]*)"/g)].map(([, target]) => target ?? '');
  for (const link of links) assert.ok(statSync(join(path, '..', decodeURIComponent(link))).isFile(), link);
  assert.ok(links.includes('artifacts/aae/encoder/weights.safetensors'));
});

test('every stage, every score and every picture is there, pictures with a text for who cannot see them', () => {
  const page = readFileSync(path, 'utf8').replaceAll('<wbr>', '');
  for (const name of ['digits', 'scaled', 'aae', 'codes', 'score', 'curves', 'reconstructions', 'styles', 'map'])
    assert.match(page, new RegExp(`<th scope="row">${name}</th>`));
  for (const score of ['reconstructionBCE', 'slicedWasserstein', 'nearestNeighbourAccuracy'])
    assert.ok(new RegExp(`<dt>${score}</dt><dd>[\\d.]+`).test(page), score);
  const pictures = page.match(/<img src="data:image\/png;base64,[^"]{1000,}" alt="[^"]{20,}">/g);
  assert.equal(pictures?.length, 4);
});

test('the graph has shapes, the recipe its origins', {skip: noBrowser}, async () => {
  const page = await open(url);
  const types = await page.locator('.graph .node', {hasText: 'aae'}).first().locator('.type').allTextContents();
  assert.deepEqual(types.slice(0, 2), ['28×28×1 → 4', '14 → 28×28×1 in 0..1']);
  await page.locator('#resolved summary').click();
  const rows = page.locator('.resolved tr');
  assert.deepEqual(await rows.filter({hasText: 'epochs: 3'}).first().locator('td').allTextContents(), ['  epochs: 3', '--set']);
  assert.deepEqual(await rows.filter({hasText: 'limit: 400'}).locator('td').last().textContent(), 'small.yaml:9');
});

test('what the recipe says stays text, and a policy lets nothing else run', {skip: noBrowser}, async () => {
  const page = await open(url);
  assert.match(await page.title(), /^small · /);
  assert.ok((await page.locator('h2').allTextContents()).includes(attack));
});

test('curves: hover and arrow keys read values, dragging and keys zoom all panels, log scale on demand', {
  skip: noBrowser,
}, async () => {
  const page = await open(url);
  const plot = page.locator('#figure-curves-figure .plot').first();
  assert.equal(await page.locator('#figure-curves-figure .plot .uplot').count(), 3);
  await plot.locator('.u-over').hover({position: {x: 5, y: 50}});
  await shows(readout(page), /^epoch 1 · training [\d.]+ · validation [\d.]+$/);
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await shows(readout(page), /^epoch 2/);
  // the cursor is in all panels
  await shows(page.locator('.chart output').nth(2), /^epoch 2/);
  const before = await plot.screenshot();
  const last = page.locator('#figure-curves-figure .plot').last();
  const lastBefore = await last.screenshot();
  await page.keyboard.press('+');
  await page.waitForTimeout(100);
  assert.notDeepEqual(await plot.screenshot(), before);
  assert.notDeepEqual(await last.screenshot(), lastBefore);
  await page.keyboard.press('0');
  await page.waitForTimeout(100);
  assert.deepEqual(await plot.screenshot(), before);
  await page.locator('#figure-curves-figure').getByRole('radio', {name: 'log'}).check();
  await page.waitForTimeout(100);
  assert.notDeepEqual(await plot.screenshot(), before);
  // what a reader has set stays when the page is loaded again
  await page.reload();
  assert.ok(await page.locator('#figure-curves-figure').getByRole('radio', {name: 'log'}).isChecked());
  await page.locator('#figure-curves-figure').getByRole('button', {name: 'validation'}).click();
  assert.equal(
    await page.locator('#figure-curves-figure').getByRole('button', {name: 'validation'}).getAttribute('aria-pressed'),
    'false',
  );
});

test('the map: a picture on hover, wheel and keys zoom, a button a digit', {skip: noBrowser}, async () => {
  const page = await open(url);
  const canvas = page.locator('.map > canvas');
  await canvas.scrollIntoViewIfNeeded();
  assert.match((await canvas.getAttribute('aria-label')) ?? '', /^A map of 300 codes/);
  assert.equal(await page.locator('.map').locator('xpath=..').getByRole('button').count(), 10, 'a button a digit');
  // from point to point by keys, then to the same place by the mouse
  await canvas.focus();
  await page.keyboard.press('n');
  await shows(hint(page), /^\d · no\. 0$/);
  const [side, shades] = await page.evaluate<[number, number]>(`(() => {
    const small = document.querySelector('.map .hint canvas');
    return [small.width, new Set(small.getContext('2d').getImageData(0, 0, small.width, small.height).data).size];
  })()`);
  assert.equal(side, 28);
  assert.ok(shades > 5, 'the picture has shades');
  await page.keyboard.press('Escape');
  assert.ok(await hint(page).isHidden());
  const still = await canvas.screenshot();
  await page.keyboard.press('+');
  await page.waitForTimeout(100);
  assert.notDeepEqual(await canvas.screenshot(), still);
  await page.keyboard.press('0');
  await page.waitForTimeout(100);
  assert.deepEqual(await canvas.screenshot(), still);
  await canvas.hover();
  await page.mouse.wheel(0, -300);
  await page.waitForTimeout(100);
  await page.mouse.move(0, 0);
  assert.notDeepEqual(await canvas.screenshot(), still);
});

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [400, 1200])
    test(`nothing serious for axe, nothing wider than the page: ${colorScheme}, ${width} pixels`, {skip: noBrowser}, async () => {
      const page = await open(url, {colorScheme, viewport: {width, height: 900}});
      for (const details of await page.locator('details').all()) await details.evaluate((each) => each.setAttribute('open', ''));
      await accessible(page);
      assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width);
    });
