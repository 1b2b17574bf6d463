#!/usr/bin/env node
// Launcher: builds dist/ when it is missing or older than src/, then hands over to the command line.
import {spawnSync} from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import module, {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const oldest = [20, 18];
/** Milliseconds after which a build is taken for dead; it takes two seconds. */
const longestBuild = 120_000;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `Expected Node ${oldest.join('.')} or later, got ${process.version}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(2);
}

/** Sources below a folder of the project. Its own walk: Node's recursive one takes ten times as long. */
function sources(folder) {
  return readdirSync(join(root, folder), {withFileTypes: true}).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(name);
    return name.endsWith('.ts') ? [name] : [];
  });
}

/** State of the sources of dist/: names, sizes and times. Cheaper than hashing, and what build tools compare. */
function sourceState() {
  const state = (name) => {
    const {mtimeMs, size} = statSync(join(root, name));
    return `${name} ${mtimeMs} ${size}`;
  };
  return [...sources('src'), 'tsconfig.json', 'package-lock.json'].sort().map(state).join('\n');
}

function isBuilt(state) {
  const from = join(dist, '.built-from');
  return existsSync(from) && readFileSync(from, 'utf8') === state;
}

/** Compiles into a folder of its own and renames it, so that nobody sees half a build; a failed one leaves the last good. */
function compile(state) {
  console.error('building tfpipe…');
  for (const name of readdirSync(root))
    if (name.startsWith('.build-') && name !== '.build-lock') rmSync(join(root, name), {recursive: true, force: true});
  const made = join(root, `.build-${process.pid}`);
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    const {bin} = JSON.parse(readFileSync(manifest, 'utf8'));
    const compiler = join(dirname(manifest), typeof bin === 'string' ? bin : bin.tsc);
    const result = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.json'), '--outDir', join(made, 'dist')], {
      stdio: ['ignore', 2, 2],
    });
    if (result.status !== 0) return false;
    writeFileSync(join(made, 'dist', '.built-from'), state);
    if (existsSync(dist)) renameSync(dist, join(made, 'old'));
    renameSync(join(made, 'dist'), dist);
    return true;
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    console.error('Expected the project’s packages to be installed, got no `typescript`. Run: npm ci');
    return false;
  } finally {
    rmSync(made, {recursive: true, force: true});
  }
}

/** True while the process that holds the lock builds. */
function isHeld(lock) {
  try {
    if (Date.now() - lstatSync(lock).mtimeMs > longestBuild) return false;
    process.kill(Number(readlinkSync(lock)), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Takes the lock, a link that names its holder, or waits until somebody else has built. */
function build() {
  const lock = join(root, '.build-lock');
  for (;;) {
    try {
      symlinkSync(String(process.pid), lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isHeld(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      else rmSync(lock, {force: true});
    }
  }
  try {
    const state = sourceState();
    return isBuilt(state) || compile(state);
  } finally {
    rmSync(lock, {force: true});
  }
}

// a published package comes without sources
if (existsSync(join(root, 'tsconfig.json')) && !isBuilt(sourceState()) && !build()) process.exit(1);

module.enableCompileCache?.();
const {main} = await import('../dist/main.js');
process.exitCode = await main(process.argv.slice(2));
