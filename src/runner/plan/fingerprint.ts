import {existsSync, readFileSync, statSync} from 'node:fs';
import {createRequire, isBuiltin} from 'node:module';
import {dirname, join, relative, sep} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {init, parse} from 'es-module-lexer';
import {type Digest, digestBytes, digestJson} from '../../core/digest.js';

/** What a compiled module consists of: its own files, and the packages that it and they use. */
export interface Fingerprint {
  readonly digest: Digest;
  /** Digests of the module and all it imports by relative path, by path from the package's root. */
  readonly files: Readonly<Record<string, Digest>>;
  /** Versions by name. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Digests of files cut to 16 characters, to be kept where they only say what has changed. */
export const shortDigests = (files: Fingerprint['files']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(files).map(([path, digest]) => [path, digest.slice(0, 16)]));

interface ParsedFile {
  readonly digest: Digest;
  readonly relative: readonly string[];
  readonly bare: readonly string[];
}

/** Modules are followed, and files read, once a process: a run fingerprints the same nodes many times, and they share most imports. */
const fingerprints = new Map<string, Promise<Fingerprint>>();
const parsed = new Map<string, Promise<ParsedFile>>();
/** By folder and name: two packages may each have their own copy of a third. */
const versions = new Map<string, string>();

/**
 * Fingerprint of an ES module on disk. Followed are static, dynamic and re-exporting imports of relative files, of the package's own
 * `#names`, `require('…')` and `new URL('…', import.meta.url)`, all by literal names; computed names are not. Throws when a file
 * that is imported is not there.
 */
export function fingerprintModule(entry: URL): Promise<Fingerprint> {
  const known = fingerprints.get(entry.href) ?? followModule(entry);
  fingerprints.set(entry.href, known);
  return known;
}

async function followModule(entry: URL): Promise<Fingerprint> {
  const root = packageRoot(fileURLToPath(entry));
  const files = new Map<string, Digest>();
  const packages = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    const name = relative(root, path).split(sep).join('/');
    if (files.has(name)) return;
    files.set(name, '' as Digest);
    const file = await readModule(path);
    files.set(name, file.digest);
    for (const bare of file.bare) if (!packages.has(bare)) packages.set(bare, packageVersion(bare, dirname(path)));
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

const isScript = /\.[cm]?js$/;
/** createRequire(…)('name') is how CommonJS packages are loaded; it is an import like any other. */
const required = /\brequire\(\s*(['"])([^'"]+)\1\s*\)/g;
/** How workers and data files beside a module are named. */
const addressed = /\bnew URL\(\s*(['"])(\.{1,2}\/[^'"]+)\1,\s*import\.meta\.url\s*\)/g;

async function parseModule(path: string): Promise<ParsedFile> {
  await init;
  // small files one after the other: the way through the thread pool takes longer than the reading
  const source = readFileSync(path);
  const digest = digestBytes(source);
  if (!isScript.test(path)) return {digest, relative: [], bare: []};
  const text = source.toString('utf8');
  const imported = parse(text)[0].flatMap((found) => (found.n === undefined ? [] : [found.n]));
  const mentioned = [...text.matchAll(required)].map((match) => match[2] ?? '');
  const bare = [...imported, ...mentioned]
    .filter((name) => !/^[./#]|^[a-z]+:|^$/.test(name) && !isBuiltin(name))
    .map(packageName);
  const paths = [
    ...imported.filter((name) => isPath.test(name)).map((name) => importedFile(name, path)),
    // these may stand in a text or name a file yet to be made: followed where there is one
    ...mentioned.filter((name) => isPath.test(name)).map((name) => resolved(name, path)),
    ...[...text.matchAll(addressed)].map((match) => fileAt(match[2] ?? '', path)),
  ];
  return {digest, relative: [...new Set(paths.filter((found) => found !== undefined))], bare: [...new Set(bare)]};
}

const isPath = /^(\.{1,2}\/|file:|#)/;

function importedFile(name: string, from: string): string {
  const found = name.startsWith('#') ? resolved(name, from) : fileAt(name, from);
  if (found === undefined) throw new Error(`Expected \`${name}\`, which ${from} imports, to be a file, found none`);
  return found;
}

function fileAt(name: string, from: string): string | undefined {
  const path = fileURLToPath(new URL(name, pathToFileURL(from)));
  return statSync(path, {throwIfNoEntry: false})?.isFile() ? path : undefined;
}

function resolved(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

/** `@scope/name/deep/file.js` → `@scope/name`. */
const packageName = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** Version in the package's own manifest, found by walking up node_modules: `exports` may hide the manifest from `require`. */
function packageVersion(name: string, folder: string): string {
  const place = `${folder}\0${name}`;
  const version = versions.get(place) ?? readVersion(name, folder);
  versions.set(place, version);
  return version;
}

function readVersion(name: string, folder: string): string {
  const manifest = join(folder, 'node_modules', name, 'package.json');
  if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as {version?: string}).version ?? 'unversioned';
  return folder === dirname(folder) ? 'absent' : packageVersion(name, dirname(folder));
}

/** Nearest folder upwards with a package.json. */
function packageRoot(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return folder;
  return dirname(path);
}
