import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join, relative, sep} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {init, parse} from 'es-module-lexer';
import {type Digest, digestBytes, digestJson} from './digest.js';

/** What a compiled module consists of: its own files, and the packages that it and they use. */
export interface Fingerprint {
  readonly digest: Digest;
  /** Digests of the module and all it imports by relative path, by path from the package's root. */
  readonly files: Readonly<Record<string, Digest>>;
  /** Versions by name. */
  readonly packages: Readonly<Record<string, string>>;
}

interface ParsedFile {
  readonly digest: Digest;
  readonly relative: readonly string[];
  readonly bare: readonly string[];
}

/** Files are read once a process: a run fingerprints many nodes that share most of their imports. */
const parsed = new Map<string, Promise<ParsedFile>>();
const versions = new Map<string, Promise<string>>();

/** Fingerprint of an ES module on disk. Throws when a relative import cannot be read. Imports by computed names are not followed. */
export async function fingerprintModule(entry: URL): Promise<Fingerprint> {
  const root = packageRoot(fileURLToPath(entry));
  const files = new Map<string, Digest>();
  const packages = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    const name = relative(root, path).split(sep).join('/');
    if (files.has(name)) return;
    files.set(name, '' as Digest);
    const file = await readModule(path);
    files.set(name, file.digest);
    const require = createRequire(path);
    for (const bare of file.bare) if (!packages.has(bare)) packages.set(bare, await packageVersion(bare, require));
    await Promise.all(file.relative.map(visit));
  };
  await visit(fileURLToPath(entry));
  const sorted = <T>(map: Map<string, T>): Record<string, T> => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {digest: digestJson(sorted(files)), files: sorted(files), packages: sorted(packages)};
}

function readModule(path: string): Promise<ParsedFile> {
  const known = parsed.get(path);
  if (known) return known;
  const reading = parseModule(path);
  parsed.set(path, reading);
  return reading;
}

async function parseModule(path: string): Promise<ParsedFile> {
  await init;
  const source = await readFile(path, 'utf8');
  const specifiers = new Set(parse(source)[0].flatMap((found) => (found.n === undefined ? [] : [found.n])));
  const bare = [...specifiers].filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !name.startsWith('file:'));
  // createRequire(…)('name') is how CommonJS packages are loaded; it is an import like any other
  for (const [, name] of source.matchAll(/\brequire\('([^'./][^']*)'\)/g)) if (name) bare.push(name);
  return {
    digest: digestBytes(source),
    relative: [...specifiers]
      .filter((name) => name.startsWith('.'))
      .map((name) => fileURLToPath(new URL(name, pathToFileURL(path)))),
    bare: [...new Set(bare.map(packageName))].filter((name) => !name.startsWith('node:')),
  };
}

/** `@scope/name/deep/file.js` → `@scope/name`. */
const packageName = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

function packageVersion(name: string, require: NodeJS.Require): Promise<string> {
  const known = versions.get(name);
  if (known) return known;
  const reading = readVersion(name, require);
  versions.set(name, reading);
  return reading;
}

/** Version in the package's own manifest, found by walking node_modules: `exports` may hide the manifest from `require`. */
async function readVersion(name: string, require: NodeJS.Require): Promise<string> {
  for (const folder of require.resolve.paths(name) ?? []) {
    const manifest = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => undefined);
    if (manifest) return (JSON.parse(manifest) as {version: string}).version;
  }
  return 'absent';
}

/** Nearest folder upwards with a package.json. */
function packageRoot(path: string): string {
  const require = createRequire(path);
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      require.resolve(join(folder, 'package.json'));
      return folder;
    } catch {
      // not here: look further up
    }
  }
  return dirname(path);
}
