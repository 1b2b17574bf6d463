/** The live view in a real terminal emulator (tmux), where one is installed. */
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {sandbox, smallRecipe} from './pipeline.js';

const skip = spawnSync('tmux', ['-V']).status === 0 ? false : 'no tmux on this machine';
const box = sandbox();
const socket = `tfpipe-${process.pid}`;
const tmux = (...args: string[]): string => execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], {encoding: 'utf8'});
const screen = (...args: string[]): string => tmux('capture-pane', '-p', ...args);

/** Waits until the screen shows it; the screen. */
async function shows(wanted: RegExp): Promise<string> {
  for (const end = Date.now() + 60_000; Date.now() < end; await wait(50)) if (wanted.test(screen())) return screen();
  throw new Error(`Expected the screen to show ${wanted}, got\n${screen()}`);
}

function type(command: string): void {
  tmux('send-keys', `clear; ${command}; echo "exit code $?"`, 'Enter');
}

before(() => {
  if (skip) return;
  const {CI: _, NO_COLOR: __, MLFLOW_TRACKING_URI: ___, ...env} = process.env;
  const start = ['-L', socket, '-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '30', 'bash --norc'];
  execFileSync('tmux', start, {cwd: box.folder, env: {...env, PS1: '$ '}});
  box.write('long.yaml', smallRecipe().replace('epochs: 2', 'epochs: 3000').replace('limit: 400', 'limit: 2000'));
});
after(() => {
  if (!skip) tmux('kill-server');
  rmSync(box.folder, {recursive: true, force: true});
});
const run = `node ${resolve('bin/pipeline.js')} run long.yaml`;

test('Ctrl-C: the live lines give way to the table, and the cursor is back', {skip, timeout: 120_000}, async () => {
  type(run);
  const live = await shows(/\d step\/s/);
  assert.match(live, /✓ +digits/);
  assert.match(live, /○ +codes +featurize\/encode +← .*aae/);
  assert.equal(tmux('display', '-p', '#{cursor_flag}'), '0\n');
  tmux('send-keys', 'C-c');
  const end = await shows(/exit code 130/);
  assert.equal(tmux('display', '-p', '#{cursor_flag}'), '1\n');
  assert.doesNotMatch(end, /step\/s|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏█]/);
  assert.match(end, /▸ aae +stopped/);
});

test('a second Ctrl-C ends at once, with the cursor back and nothing left of the live lines', {
  skip,
  timeout: 120_000,
}, async () => {
  type(run);
  await shows(/\d step\/s/);
  tmux('send-keys', 'C-c', 'C-c');
  const end = await shows(/exit code 130/);
  assert.equal(tmux('display', '-p', '#{cursor_flag}'), '1\n');
  assert.doesNotMatch(end, /step\/s|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏█]/);
});

test('resizing leaves one copy of every live line', {skip, timeout: 120_000}, async () => {
  type(run);
  await shows(/\d step\/s/);
  for (const columns of ['40', '200', '60', '100']) {
    tmux('resize-window', '-x', columns);
    await wait(600);
    const shown = screen();
    for (const stage of ['codes', 'score', 'map'])
      assert.equal(shown.match(new RegExp(`○.* ${stage} `, 'g'))?.length, 1, `${columns} columns\n${shown}`);
  }
  tmux('send-keys', 'C-c', 'C-c');
  await shows(/exit code 130/);
});

test('colours follow NO_COLOR and FORCE_COLOR', {skip, timeout: 120_000}, async () => {
  const help = `node ${resolve('bin/pipeline.js')} --help`;
  type(`${help} | cat -v`);
  assert.doesNotMatch(await shows(/exit code 0/), /\^\[/);
  type(`FORCE_COLOR=1 ${help} | cat -v`);
  assert.match(await shows(/exit code 0/), /\^\[\[1m/);
  type(help);
  await shows(/exit code 0/);
  assert(screen('-e').includes('\u001b['));
  type(`NO_COLOR=1 ${help}`);
  await shows(/exit code 0/);
  assert(!screen('-e').includes('\u001b[36m'));
});
