import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';

function run(command, args) {
  const result = spawnSync(command, args, {stdio: ['ignore', 2, 2]});
  if (result.status !== 0)
    throw new Error(`Expected \`${command} ${args.join(' ')}\` to succeed, got exit code ${result.status}`);
}

/**
 * Path of a Python that has what a requirements file names; the environment is made in the user's cache (or at `home`) when it is not
 * there. An interrupted installation is not taken for a whole one: the name is given last.
 */
export function pythonWith(requirements, name, home) {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = home ?? join(cache, 'tfpipe', `${name}-venv-${digest}`);
  const python = join(folder, 'bin', 'python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return python;
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(dirname(folder), {recursive: true});
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  const mark = join(folder, 'installing');
  mkdirSync(mark);
  renameSync(mark, done);
  return python;
}
