import {spawnSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, relative, resolve, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {digestBytes, digestJson} from '../core/digest.js';

/** Relative imports, and files beside a module that it names; what stands in a comment only is taken along too. */
const mentioned = /(?:\bfrom|\bimport|\bnew URL\()\s*\(?\s*(['"])(\.{1,2}\/[^'"]+)\1/g;
const isTypeScript = /\.[cm]?ts$/;
/** A plugin that imports more files than this has taken a wrong turn. */
const MOST_FILES = 1000;
const KEPT_MILLISECONDS = 30 * 86_400_000;

/**
 * Makes a plugin ready to be imported: its file and all that it imports by relative path are put, TypeScript compiled, into a folder
 * of `project`/.tfpipe/plugins named by their content, so that an edit gives another module. Gives the module to import; throws an
 * error of one sentence for what does not compile. Types are left to editors.
 */
export function compilePlugin(entry: string, project: string): string {
  const sources = collectSources(entry);
  const root = commonFolder([...sources.keys()]);
  const named = [...sources].map(([path, bytes]) => [relative(root, path).split(sep).join('/'), digestBytes(bytes)] as const);
  const plugins = join(project, '.tfpipe', 'plugins');
  const made = join(plugins, digestJson({format: 2, files: Object.fromEntries(named)}).slice(0, 32));
  if (!existsSync(made)) compileInto(made, plugins, root, [...sources.keys()]);
  return join(
    made,
    relative(root, entry).replace(isTypeScript, (suffix) => suffix.replace('t', 'j')),
  );
}

function collectSources(entry: string): ReadonlyMap<string, Uint8Array> {
  const sources = new Map<string, Uint8Array>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (sources.has(path)) continue;
    const bytes = readFileSync(path);
    sources.set(path, bytes);
    if (sources.size > MOST_FILES) throw new Error(`Expected at most ${MOST_FILES} files to be imported, got more`);
    if (!/\.[cm]?[jt]s$/.test(path)) continue;
    for (const match of bytes.toString('utf8').matchAll(mentioned)) {
      const named = resolve(dirname(path), match[2] ?? '');
      // TypeScript is often imported by the name of what it compiles to
      const found = [named, named.replace(/\.([cm]?)js$/, '.$1ts')].find((each) => existsSync(each));
      if (found !== undefined && /\.\w+$/.test(found)) open.push(found);
    }
  }
  return sources;
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0] ?? '');
  while (!paths.every((path) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep))) folder = dirname(folder);
  return folder;
}

/** Compiled beside and renamed, so that nobody imports half of it. */
function compileInto(made: string, plugins: string, root: string, sources: readonly string[]): void {
  const temporary = `${made}.${randomUUID()}.tmp`;
  mkdirSync(temporary, {recursive: true});
  try {
    linkOurselves(plugins);
    writeFileSync(join(temporary, 'package.json'), '{"type": "module"}\n');
    for (const path of sources) if (!isTypeScript.test(path)) cpSync(path, join(temporary, relative(root, path)));
    const typescript = sources.filter((path) => isTypeScript.test(path));
    if (typescript.length > 0) runCompiler(typescript, root, temporary);
    renameSync(temporary, made);
    removeOld(plugins);
  } catch (error) {
    rmSync(temporary, {recursive: true, force: true});
    // another process was faster
    if (!existsSync(made)) throw error;
  }
}

/** Compiled files of earlier edits are kept for a while, since a run may still use them; a missing one is compiled again. */
function removeOld(plugins: string): void {
  const oldest = Date.now() - KEPT_MILLISECONDS;
  for (const name of readdirSync(plugins)) {
    const folder = join(plugins, name);
    if (name !== 'node_modules' && statSync(folder).mtimeMs < oldest) rmSync(folder, {recursive: true, force: true});
  }
}

function runCompiler(sources: readonly string[], root: string, folder: string): void {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const {bin} = JSON.parse(readFileSync(manifest, 'utf8')) as {bin: {tsc: string}};
  const options = `--ignoreConfig --noResolve --noCheck --lib es5 --target es2022 --module esnext --moduleResolution bundler
    --verbatimModuleSyntax --rewriteRelativeImportExtensions --removeComments --sourceMap --pretty false --types`.split(/\s+/);
  const {status, stdout, error} = spawnSync(
    process.execPath,
    [join(dirname(manifest), bin.tsc), ...options, '', '--rootDir', root, '--outDir', folder, ...sources],
    {encoding: 'utf8', cwd: root},
  );
  if (status === 0) return;
  const [, file, line, column, message] = /^(.+)\((\d+),(\d+)\): error TS\d+: (.*)$/m.exec(stdout ?? '') ?? [];
  const place = file === undefined ? '' : `${relative(root, resolve(root, file))}:${line}:${column} `;
  throw new Error(`${place}${message ?? error?.message ?? stdout}`);
}

/** `import 'tfpipe'` in a plugin is this very package, wherever it is installed. */
function linkOurselves(plugins: string): void {
  const link = join(plugins, 'node_modules', 'tfpipe');
  const root = realpathSync(fileURLToPath(new URL('../../', import.meta.url)));
  try {
    if (realpathSync(link) === root) return;
  } catch {
    // not there, or it points nowhere
  }
  mkdirSync(dirname(link), {recursive: true});
  rmSync(link, {force: true, recursive: true});
  symlinkSync(root, link, 'junction');
}
