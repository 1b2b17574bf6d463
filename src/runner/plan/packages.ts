import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {dirname, join, sep} from 'node:path';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Package {
  readonly name: string;
  /** Its real folder, links resolved. */
  readonly folder: string;
  /** False for a link that leads out of node_modules, into the project or a workspace. */
  readonly installed: boolean;
}

/** Manifests by folder, and packages by folder and name: read once a process. */
const manifests = new Map<string, Manifest>();
const found = new Map<string, Package | undefined>();

/** The package that a file in `folder` gets by this name: in the nearest node_modules upwards, as Node looks it up. */
export function findPackage(name: string, folder: string): Package | undefined {
  const place = `${folder}\0${name}`;
  if (!found.has(place)) found.set(place, lookUp(name, folder));
  return found.get(place);
}

function lookUp(name: string, folder: string): Package | undefined {
  const here = join(folder, 'node_modules', name);
  if (existsSync(join(here, 'package.json'))) {
    const real = realpathSync(here);
    return {name, folder: real, installed: isInstalled(real)};
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : findPackage(name, parent);
}

/** True for a file that came with an installation, so that its package's version identifies it. */
export const isInstalled = (path: string): boolean => path.split(sep).includes('node_modules');

/** Nearest folder upwards with a package.json. */
export function packageRoot(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return folder;
  return dirname(path);
}

/** The name that a package's manifest gives it. */
export const packageName = (folder: string): string => manifestOf(folder).name ?? folder;

/**
 * Adds the version of a package and, with `seen`, of all that it depends on, each folder once; several versions of one package are all
 * there.
 */
export function addVersions({name, folder}: Package, versions: Map<string, Set<string>>, seen?: Set<string>): void {
  if (seen?.has(folder)) return;
  const {version = 'unversioned', dependencies, optionalDependencies, peerDependencies} = manifestOf(folder);
  addVersion(name, version, versions);
  if (!seen) return;
  seen.add(folder);
  for (const dependency of Object.keys({...dependencies, ...optionalDependencies, ...peerDependencies})) {
    // optional and peer dependencies need not be there
    const next = findPackage(dependency, folder);
    if (next) addVersions(next, versions, seen);
  }
}

export function addVersion(name: string, version: string, versions: Map<string, Set<string>>): void {
  const known = versions.get(name) ?? new Set();
  versions.set(name, known.add(version));
}

function manifestOf(folder: string): Manifest {
  const known = manifests.get(folder);
  if (known) return known;
  const path = join(folder, 'package.json');
  const manifest = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : {};
  manifests.set(folder, manifest);
  return manifest;
}
