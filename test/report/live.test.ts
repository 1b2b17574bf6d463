import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {pathToFileURL} from 'node:url';
import {sandbox, smallRecipe} from '../cli/pipeline.js';
import {accessible, browser, noBrowser, shows} from './browser.js';

const {open} = browser();
const box = sandbox();

test('the report is there while the run goes, reloads itself, and says so when the run has been killed', {
  skip: noBrowser,
}, async () => {
  box.write('small.yaml', smallRecipe());
  const args = [resolve('bin', 'pipeline.js'), 'run', 'small.yaml', '--set', 'epochs=1000000'];
  const run = spawn(process.execPath, args, {cwd: box.folder, stdio: 'ignore'});
  const path = join(box.folder, 'runs', 'latest', 'report.html');
  while (!existsSync(path)) await wait(50);
  const page = await open(pathToFileURL(path).href);
  await shows(page.locator('.outcome'), /^running when this was written, .*: \d of 9 stages are done/);
  // the curves of a stage at work come by themselves
  await page.locator('#progress-aae .uplot').first().waitFor({timeout: 60_000});
  assert.equal(await page.locator('.graph .running .name').first().textContent(), 'aae');
  await page.getByRole('radio', {name: 'linear'}).check();
  assert.match((await page.locator('#progress-aae .plot').first().getAttribute('aria-label')) ?? '', /over step: training from/);
  const written = page.locator('[data-written]');
  const before = await written.getAttribute('data-written');
  const deadline = Date.now() + 240_000;
  while ((await written.getAttribute('data-written')) === before) {
    assert.ok(Date.now() < deadline, 'the page is a new one');
    await wait(200);
  }
  // what a reader has set is kept
  assert.ok(await page.getByRole('radio', {name: 'linear'}).isChecked());
  assert.ok(await page.locator('.silent').isHidden());

  run.kill('SIGKILL');
  await once(run, 'close');
  await page.context().close();
  const later = await open('about:blank', {colorScheme: 'dark'});
  await later.clock.setFixedTime(Date.now() + 600_000);
  await later.goto(pathToFileURL(path).href);
  await shows(later.locator('.silent:visible'), /the run has been killed, or hangs/);
  await accessible(later);
  // no half-written page is left behind
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.endsWith('.tmp')),
    [],
  );
});
