/** The live view in a real terminal emulator (tmux), where one is installed. */
import assert from 'node:assert/strict';
import {resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {lacks} from '#scripts/test-tools.js';
import {sandbox, smallRecipe} from '../pipeline.js';
import {openTerminal, type Terminal} from '../tmux.js';

const skip = lacks('tmux');
const box = sandbox();
let terminal: Terminal;

let typed = 0;

/** Types a command; what shows once it has ended, with this code, and no earlier command. */
function type(command: string): (code: number) => RegExp {
  const end = `${++typed}: exit code`;
  terminal.tmux('send-keys', `clear; ${command}; echo "${end} $?"`, 'Enter');
  return (code) => new RegExp(`${end} ${code}`);
}
const cursorIsShown = (): boolean => terminal.tmux('display', '-p', '#{cursor_flag}') === '1\n';

before(() => {
  if (skip) return;
  terminal = openTerminal(box.folder, 'bash --norc', {PS1: '$ '});
  box.write('long.yaml', smallRecipe().replace('epochs: 2', 'epochs: 3000').replace('limit: 400', 'limit: 2000'));
});
after(() => {
  if (!skip) terminal.close();
});
const run = `node ${resolve('bin/pipeline.js')} run long.yaml`;
const live = /\d step\/s/;

test('Ctrl-C: the live lines give way to the table, and the cursor is back', {skip, timeout: 120_000}, async () => {
  const ended = type(run);
  const shown = await terminal.shows(live);
  assert.match(shown, /✓ +digits/);
  assert.match(shown, /○ +codes +featurize\/encode +← .*aae/);
  assert.equal(cursorIsShown(), false);
  terminal.tmux('send-keys', 'C-c');
  const end = await terminal.shows(ended(130));
  assert.equal(cursorIsShown(), true);
  assert.doesNotMatch(end, /step\/s|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏█]/);
  assert.match(end, /▸ aae +stopped/);
  assert.match(end, /next +pipeline resume/);
});

test('a second Ctrl-C ends at once, with the cursor back and nothing left of the live lines', {
  skip,
  timeout: 120_000,
}, async () => {
  const ended = type(run);
  await terminal.shows(live);
  terminal.tmux('send-keys', 'C-c', 'C-c');
  const end = await terminal.shows(ended(130));
  assert.equal(cursorIsShown(), true);
  assert.doesNotMatch(end, /step\/s|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏█]/);
});

test('resizing leaves one copy of every live line', {skip, timeout: 120_000}, async () => {
  const ended = type(run);
  await terminal.shows(live);
  for (const columns of ['40', '200', '60', '100']) {
    terminal.tmux('resize-window', '-x', columns);
    await wait(600);
    const shown = terminal.screen();
    for (const stage of ['codes', 'score', 'map'])
      assert.equal(shown.match(new RegExp(`○.* ${stage} `, 'g'))?.length, 1, `${columns} columns\n${shown}`);
  }
  terminal.tmux('send-keys', 'C-c', 'C-c');
  await terminal.shows(ended(130));
});

test('colours follow NO_COLOR and FORCE_COLOR', {skip, timeout: 120_000}, async () => {
  // short enough for the screen to hold all of it
  const help = `node ${resolve('bin/pipeline.js')} completion --help`;
  const shown = async (command: string): Promise<string> => terminal.shows(type(command)(0));
  assert.doesNotMatch(await shown(`${help} | cat -v`), /\^\[/);
  assert.match(await shown(`FORCE_COLOR=1 ${help} | cat -v`), /\^\[\[1m/);
  await shown(help);
  assert(terminal.screen('-e').includes('\u001b['));
  await shown(`NO_COLOR=1 ${help}`);
  assert(!terminal.screen('-e').includes('\u001b[36m'));
});
