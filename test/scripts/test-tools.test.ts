import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {chromium} from '#scripts/chromium.js';
import {lacks, leftOut, prepareTools} from '#scripts/test-tools.js';

const environment = {...process.env};
afterEach(() => {
  process.env = {...environment};
});

test('a test is told which of its tools are not on the PATH', () => {
  process.env['PATH'] = '';
  assert.equal(lacks('tmux', 'zsh'), 'needs tmux and zsh');
  process.env['CHROMIUM'] = process.execPath;
  assert.equal(lacks('chromium'), false);
});

test('CHROMIUM must name a program that starts', () => {
  process.env['CHROMIUM'] = '/nowhere/chromium';
  assert.throws(chromium, {message: 'Expected CHROMIUM to be the path of a Chromium that starts, got `/nowhere/chromium`'});
});

test('with CI set, a tool that is missing and cannot be installed is an error', () => {
  Object.assign(process.env, {CI: 'true', PATH: '', CHROMIUM: process.execPath});
  const message = 'Expected tmux, zsh, fish on this machine, since CI is set; root installs them here where there is apt-get';
  assert.throws(prepareTools, {message});
});

test('one line counts the tests that were left out for want of a tool, and no others', () => {
  assert.equal(leftOut(['no mount namespaces here']), undefined);
  assert.equal(
    leftOut(['needs chromium', 'needs tmux and zsh', 'no /proc here', 'needs chromium']),
    '3 tests left out that need chromium (2), tmux and zsh (1): install them; CHROMIUM=/path names a Chromium that is not on the PATH',
  );
});
