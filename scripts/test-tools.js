// Programs that some tests need beside Node and Python. Tests leave themselves out where one is missing; in CI none may be.
import {spawnSync} from 'node:child_process';
import {chromium} from './chromium.js';
import {onPath} from './on-path.js';

const tools = ['chromium', 'tmux', 'zsh', 'fish'];
const has = (tool) => (tool === 'chromium' ? chromium() : onPath(tool)) !== undefined;
const needs = 'needs ';

/** Why a test that needs these tools is left out here, or `false`. */
export function lacks(...wanted) {
  const missing = wanted.filter((tool) => !has(tool));
  return missing.length > 0 ? needs + missing.join(' and ') : false;
}

/** Finds the tools before the tests do; with `CI` set, installs with apt what is missing, and throws when that leaves something missing. */
export function prepareTools() {
  const missing = () => tools.filter((tool) => !has(tool));
  if (process.env.CI) {
    install(missing());
    const left = missing().join(', ');
    if (left)
      throw new Error(`Expected ${left} on this machine, since CI is set; root installs them here where there is apt-get`);
  }
  const path = chromium();
  if (path !== undefined) process.env.CHROMIUM = path;
}

function install(packages) {
  if (packages.length === 0 || process.getuid?.() !== 0 || onPath('apt-get') === undefined) return;
  const apt = (...args) => spawnSync('apt-get', [...args], {stdio: ['ignore', 'ignore', 2]});
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
}

/** One line about the tests that were left out for want of a tool, by the reasons why tests were skipped; undefined when there are none. */
export function leftOut(reasons) {
  const ours = reasons.filter((reason) => reason.startsWith(needs)).map((reason) => reason.slice(needs.length));
  if (ours.length === 0) return undefined;
  const counts = [...new Set(ours)].map((tool) => `${tool} (${ours.filter((other) => other === tool).length})`);
  return `${ours.length} tests left out that need ${counts.join(', ')}: install them; CHROMIUM=/path names a Chromium that is not on the PATH`;
}
