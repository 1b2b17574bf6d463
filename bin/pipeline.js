#!/usr/bin/env node
// Launcher: builds dist/ when it is missing or older than src/, then hands over to the command line.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import module, {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const oldest = [20, 18];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `Expected Node ${oldest.join('.')} or later, got ${process.version}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(2);
}

/** What dist/ was built from: names, sizes and times of all sources. Cheaper than hashing, and what build tools go by. */
function sourceState() {
  const names = readdirSync(join(root, 'src'), {recursive: true}).filter((name) => name.endsWith('.ts'));
  const files = [...names.map((name) => join('src', name)), 'tsconfig.json', 'package-lock.json'].sort();
  return files.map((name) => `${name} ${statSync(join(root, name)).mtimeMs} ${statSync(join(root, name)).size}`).join('\n');
}

/** Compiles into a folder of its own and renames it, so that nobody sees half a build, also when two launches build at once. */
function build(state) {
  console.error('building tfpipe…');
  const made = mkdtempSync(join(root, '.build-'));
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    const {bin} = JSON.parse(readFileSync(manifest, 'utf8'));
    const compiler = join(dirname(manifest), typeof bin === 'string' ? bin : bin.tsc);
    const result = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.json'), '--outDir', join(made, 'dist')], {
      stdio: ['ignore', 2, 2],
    });
    if (result.status !== 0) process.exit(1);
    writeFileSync(join(made, 'dist', '.built-from'), state);
    if (existsSync(dist)) renameSync(dist, join(made, 'old'));
    renameSync(join(made, 'dist'), dist);
  } catch (error) {
    // another launch was faster; what it built is the same
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(made, {recursive: true, force: true});
  }
}

// a published package comes without sources
if (existsSync(join(root, 'src'))) {
  const state = sourceState();
  const built = join(dist, '.built-from');
  if (!existsSync(built) || readFileSync(built, 'utf8') !== state) build(state);
}

module.enableCompileCache?.();
const {main} = await import('../dist/cli/main.js');
process.exitCode = await main(process.argv.slice(2));
