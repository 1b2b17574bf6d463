import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';

function run(command, args) {
  const result = spawnSync(command, args, {stdio: ['ignore', 2, 2]});
  if (result.status !== 0)
    throw new Error(`Expected \`${command} ${args.join(' ')}\` to succeed, got exit code ${result.status}`);
}

/** Does `work` while no other process of this machine does: a link names who is at it. */
function alone(lock, work) {
  for (;;) {
    try {
      symlinkSync(String(process.pid), lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isHeld(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      else rmSync(lock, {force: true});
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, {force: true});
  }
}

function isHeld(lock) {
  try {
    process.kill(Number(readlinkSync(lock)), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Where programs of this user keep what can be had again. */
export const userCache = () => process.env.XDG_CACHE_HOME || join(homedir(), '.cache');

/**
 * Path of a Python that has what a requirements file names; the environment is made in the user's cache (or at `home`) when it is not
 * there. An interrupted installation is not taken for a whole one: the mark comes last.
 */
export function pythonWith(requirements, name, home) {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = home ?? join(userCache(), 'tfpipe', `${name}-venv-${digest}`);
  const python = join(folder, 'bin', 'python');
  const done = join(folder, 'installed');
  const isWhole = () => existsSync(done) && existsSync(python);
  if (isWhole()) return python;
  mkdirSync(dirname(folder), {recursive: true});
  return alone(`${folder}.lock`, () => {
    if (isWhole()) return python;
    rmSync(folder, {recursive: true, force: true});
    run('python3', ['-m', 'venv', folder]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
    writeFileSync(done, '');
    return python;
  });
}
