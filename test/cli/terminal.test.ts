/** The live view in a real terminal emulator (tmux), where one is installed. */
import assert from 'node:assert/strict';
import {rmSync} from 'node:fs';
import {resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {sandbox, smallRecipe} from './pipeline.js';
import {noTerminal, openTerminal, type Terminal} from './tmux.js';

const skip = noTerminal();
const box = sandbox();
let terminal: Terminal;

function type(command: string): void {
  terminal.tmux('send-keys', `clear; ${command}; echo "exit code $?"`, 'Enter');
}
const cursorIsShown = (): boolean => terminal.tmux('display', '-p', '#{cursor_flag}') === '1\n';

before(() => {
  if (skip) return;
  terminal = openTerminal(box.folder, 'bash --norc', {PS1: '$ '});
  box.write('long.yaml', smallRecipe().replace('epochs: 2', 'epochs: 3000').replace('limit: 400', 'limit: 2000'));
});
after(() => {
  if (!skip) terminal.close();
  rmSync(box.folder, {recursive: true, force: true});
});
const run = `node ${resolve('bin/pipeline.js')} run long.yaml`;
const live = /\d step\/s/;

test('Ctrl-C: the live lines give way to the table, and the cursor is back', {skip, timeout: 120_000}, async () => {
  type(run);
  const shown = await terminal.shows(live);
  assert.match(shown, /✓ +digits/);
  assert.match(shown, /○ +codes +featurize\/encode +← .*aae/);
  assert.equal(cursorIsShown(), false);
  terminal.tmux('send-keys', 'C-c');
  const end = await terminal.shows(/exit code 130/);
  assert.equal(cursorIsShown(), true);
  assert.doesNotMatch(end, /step\/s|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏█]/);
  assert.match(end, /▸ aae +stopped/);
  assert.match(end, /next +pipeline resume/);
});

test('a second Ctrl-C ends at once, with the cursor back and nothing left of the live lines', {
  skip,
  timeout: 120_000,
}, async () => {
  type(run);
  await terminal.shows(live);
  terminal.tmux('send-keys', 'C-c', 'C-c');
  const end = await terminal.shows(/exit code 130/);
  assert.equal(cursorIsShown(), true);
  assert.doesNotMatch(end, /step\/s|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏█]/);
});

test('resizing leaves one copy of every live line', {skip, timeout: 120_000}, async () => {
  type(run);
  await terminal.shows(live);
  for (const columns of ['40', '200', '60', '100']) {
    terminal.tmux('resize-window', '-x', columns);
    await wait(600);
    const shown = terminal.screen();
    for (const stage of ['codes', 'score', 'map'])
      assert.equal(shown.match(new RegExp(`○.* ${stage} `, 'g'))?.length, 1, `${columns} columns\n${shown}`);
  }
  terminal.tmux('send-keys', 'C-c', 'C-c');
  await terminal.shows(/exit code 130/);
});

test('colours follow NO_COLOR and FORCE_COLOR', {skip, timeout: 120_000}, async () => {
  // short enough for the screen to hold all of it
  const help = `node ${resolve('bin/pipeline.js')} completion --help`;
  type(`${help} | cat -v`);
  assert.doesNotMatch(await terminal.shows(/exit code 0/), /\^\[/);
  type(`FORCE_COLOR=1 ${help} | cat -v`);
  assert.match(await terminal.shows(/exit code 0/), /\^\[\[1m/);
  type(help);
  await terminal.shows(/exit code 0/);
  assert(terminal.screen('-e').includes('\u001b['));
  type(`NO_COLOR=1 ${help}`);
  await terminal.shows(/exit code 0/);
  assert(!terminal.screen('-e').includes('\u001b[36m'));
});
