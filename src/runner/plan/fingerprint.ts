import {readFileSync, realpathSync, statSync} from 'node:fs';
import {createRequire, isBuiltin} from 'node:module';
import {dirname, relative, sep} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {init, parse} from 'es-module-lexer';
import {resolve as resolveImport} from 'import-meta-resolve';
import {type Digest, digestBytes, digestJson} from '../../core/digest.js';
import {addVersion, addVersions, findPackage, isInstalled, packageName, packageRoot} from './packages.js';

/** Parts of a compiled module: its own files, and the packages that it and they use. */
interface Fingerprint {
  readonly digest: Digest;
  /** Digests of the module and all it imports, by path from the package's root; of files elsewhere by package and path there. */
  readonly files: Readonly<Record<string, Digest>>;
  /** Versions by name, of the packages used and of all that these depend on. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Digests of files cut to 16 characters, to be kept where they only say what has changed. */
export const shortDigests = (files: Fingerprint['files']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(files).map(([path, digest]) => [path, digest.slice(0, 16)]));

interface ParsedFile {
  readonly digest: Digest;
  readonly relative: readonly string[];
  /** As they are written: `name` or `name/deep.js`. */
  readonly bare: readonly string[];
}

/** Modules are followed, and files read, once a process: a run fingerprints the same nodes many times, and they share most imports. */
const fingerprints = new Map<string, Promise<Fingerprint>>();
const parsed = new Map<string, Promise<ParsedFile>>();

/** Our own package: its code is read as it is, its packages are those of the installation. */
const ownRoot = packageRoot(fileURLToPath(import.meta.url));

/**
 * Fingerprint of an ES module on disk. Followed are static, dynamic and re-exporting imports of relative files, of the package's own
 * `#names`, `require('…')` and `new URL('…', import.meta.url)`, all by literal names; computed names are not. A plugin's packages
 * count by the content of the modules that it reaches in them, and by their versions; a link into the project or a workspace counts
 * by content alone. Our own node types' packages count by the versions of the whole tree. Throws when a file that is imported is not there.
 */
export function fingerprintModule(entry: URL): Promise<Fingerprint> {
  const known = fingerprints.get(entry.href) ?? followModule(entry);
  fingerprints.set(entry.href, known);
  return known;
}

async function followModule(entry: URL): Promise<Fingerprint> {
  const root = packageRoot(fileURLToPath(entry));
  // where a plugin imports us, our packages count by their own versions: TensorFlow's is among the numerics
  const ofOwn = isOwn(fileURLToPath(entry));
  const files = new Map<string, Digest>();
  const versions = new Map<string, Set<string>>();
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    const name = labelOf(path, root);
    if (files.has(name)) return;
    files.set(name, '' as Digest);
    const file = await readModule(path);
    files.set(name, file.digest);
    const more = file.bare.flatMap((specifier) => {
      const found = findPackage(nameOf(specifier), dirname(path));
      if (!found) addVersion(nameOf(specifier), 'absent', versions);
      else if (found.installed && found.folder !== ownRoot)
        addVersions(found, versions, isOwn(path) && !ofOwn ? undefined : seen);
      const byContent = found && (!found.installed || !isOwn(path));
      return byContent ? (resolvedModule(specifier, path) ?? []) : [];
    });
    await Promise.all([...file.relative, ...more].map(visit));
  };
  await visit(fileURLToPath(entry));
  const packages = new Map([...versions].map(([name, each]) => [name, [...each].sort().join(' ')]));
  const sorted = <T>(map: Map<string, T>): Record<string, T> => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {digest: digestJson(sorted(files)), files: sorted(files), packages: sorted(packages)};
}

const isOwn = (path: string): boolean => path.startsWith(ownRoot + sep) && !isInstalled(relative(ownRoot, path));

/** A file's name in a fingerprint, the same on every machine. */
function labelOf(path: string, root: string): string {
  const home = path.startsWith(root + sep) && !isInstalled(relative(root, path)) ? root : packageRoot(path);
  const inside = relative(home, path).split(sep).join('/');
  return home === root ? inside : `${packageName(home)}/${inside}`;
}

/** The file that a bare import leads to, links resolved; `undefined` for what is built in, or not there. */
function resolvedModule(specifier: string, from: string): string | undefined {
  try {
    const url = resolveImport(specifier, pathToFileURL(from).href);
    return url.startsWith('file:') ? existing(realpathSync(fileURLToPath(url))) : undefined;
  } catch {
    // such as a package for `require` only
    const path = resolved(specifier, from);
    return path === undefined ? undefined : existing(realpathSync(path));
  }
}

const existing = (path: string): string | undefined => (statSync(path, {throwIfNoEntry: false})?.isFile() ? path : undefined);

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
/** The form in which modules name workers and data files beside them. */
const addressed = /\bnew URL\(\s*(['"])(\.{1,2}\/[^'"]+)\1,\s*import\.meta\.url\s*\)/g;

async function parseModule(path: string): Promise<ParsedFile> {
  await init;
  // small files one after the other: the way through the thread pool takes longer than the reading
  const source = readFileSync(path);
  if (!isScript.test(path)) return {digest: digestBytes(source), relative: [], bare: []};
  const text = source.toString('utf8');
  const imported = importsOf(text, path);
  const mentioned = [...text.matchAll(required)].map((match) => match[2] ?? '');
  const bare = [...imported, ...mentioned].filter((name) => !/^[./#]|^[a-z]+:|^$/.test(name) && !isBuiltin(name));
  const paths = [
    ...imported.filter((name) => isPath.test(name)).map((name) => importedFile(name, path)),
    // these may stand in a text or name a file yet to be made: followed where there is one
    ...mentioned.filter((name) => isPath.test(name)).map((name) => resolved(name, path)),
    ...[...text.matchAll(addressed)].map((match) => fileAt(match[2] ?? '', path)),
  ];
  const digest = digestBytes(isOwn(path) ? withoutDescriptions(text) : source);
  return {digest, relative: [...new Set(paths.filter((found) => found !== undefined))], bare: [...new Set(bare)]};
}

/** Installed packages may hold scripts that no parser of modules takes; they count by their content. */
function importsOf(text: string, path: string): readonly string[] {
  try {
    return parse(text)[0].flatMap((found) => (found.n === undefined ? [] : [found.n]));
  } catch (error) {
    if (isInstalled(path)) return [];
    throw error;
  }
}

/** The English of our own params computes nothing: texts after `description:` are not code. */
export const withoutDescriptions = (text: string): string => text.replace(describing, 'description: 0');
const describing = /\bdescription:\s*(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

const isPath = /^(\.{1,2}\/|file:|#)/;

function importedFile(name: string, from: string): string | undefined {
  const found = name.startsWith('#') ? resolved(name, from) : fileAt(name, from);
  if (found === undefined && !isInstalled(from))
    throw new Error(`Expected \`${name}\`, which ${from} imports, to be a file, found none`);
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
const nameOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
