// Prints the path of a Python that has what test/reference/requirements.txt names; makes the environment when it is not there.
// TFPIPE_TEST_VENV says where (default: in the user's cache).
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const requirements = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'reference', 'requirements.txt');

function run(command, args) {
  const result = spawnSync(command, args, {stdio: ['ignore', 2, 2]});
  if (result.status !== 0)
    throw new Error(`Expected \`${command} ${args.join(' ')}\` to succeed, got exit code ${result.status}`);
}

/** Path of the environment's Python. An interrupted installation is not taken for a whole one: the name is given last. */
export function testPython() {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = process.env.TFPIPE_TEST_VENV ?? join(cache, 'tfpipe', `test-venv-${digest}`);
  const python = join(home, 'bin', 'python');
  const done = join(home, 'installed');
  if (existsSync(done)) return python;
  rmSync(home, {recursive: true, force: true});
  mkdirSync(dirname(home), {recursive: true});
  run('python3', ['-m', 'venv', home]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  const mark = join(home, 'installing');
  mkdirSync(mark);
  renameSync(mark, done);
  return python;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(testPython());
