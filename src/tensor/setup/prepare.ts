import {spawn} from 'node:child_process';
import {mkdir, mkdtemp, readdir, readlink, rename, rm, stat, symlink, unlink, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {isRunning, removeAbandoned, temporaryName, writeDurably} from '../../util/files.js';
import {
  addonLink,
  addonName,
  addonPackage,
  type Located,
  locateTensorflow,
  type Manifest,
  manifestName,
  readManifest,
} from './locate.js';
import {missingTool} from './missing-tool.js';
import {type Pins, pinsFor, tensorflowVersion} from './pins.js';

export interface SetupOptions {
  /** Leave the GPU alone. */
  readonly cpu?: boolean;
  readonly onProgress: (progress: SetupProgress) => void;
}

export interface SetupProgress {
  readonly phase: 'wait' | 'download' | 'unpack' | 'build' | 'link';
  readonly text: string;
  /** Bytes, while downloading. */
  readonly done?: number;
  readonly total?: number;
}

export type SetupResult =
  | {readonly status: 'ready'; readonly located: Located}
  /** One sentence why, and what would help. */
  | {readonly status: 'unavailable'; readonly why: string; readonly remedy: string};

/** A step of the set-up that this machine cannot do. */
class SetupProblem extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** Members of the wheel that are kept: the two libraries, and for the build the headers of the C interface. */
const wanted = String.raw`^tensorflow/(libtensorflow_(cc|framework)\.(so\.\d+|\d+\.dylib)|include/tensorflow/c/.*\.h|include/.*/ctstring(_internal)?\.h|include/xla/tsl/c/.*\.h)$|^nvidia/[^/]+/lib/`;
const unpackScript = `
import re, sys, zipfile
for wheel in sys.argv[2:]:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(sys.argv[1], [name for name in archive.namelist() if re.match(r'${wanted}', name)])
`;

/**
 * Makes TensorFlow ready for this machine and this node_modules: fetches the pinned wheel with pip, keeps its libraries in the user's
 * cache, builds tfjs-node's addon against them and links it. Everything happens in a folder of its own that gets its name at the
 * end, so an interrupted set-up leaves nothing half-made; a second one at the same time waits for the first.
 */
export async function prepareTensorflow(options: SetupOptions): Promise<SetupResult> {
  const located = await locateTensorflow(options);
  if (located.status === 'absent') {
    const failure = await makeTensorflow(located, options.onProgress);
    if (failure) return await installByTfjs(failure, options);
  }
  if (located.status !== 'ready') {
    options.onProgress({phase: 'link', text: 'linking the addon into node_modules'});
    await linkAddon(join(located.home, addonName));
  }
  return {status: 'ready', located: {...located, status: 'ready'}};
}

/** tfjs's own installer brings TensorFlow 2.9, where its download host is reachable: old, but native. */
async function installByTfjs(failure: SetupResult, options: SetupOptions): Promise<SetupResult> {
  options.onProgress({phase: 'download', text: "trying tfjs's own installer"});
  const installed = await run(process.execPath, ['scripts/install.js', 'cpu', 'download'], {}, addonPackage()).then(
    () => true,
    () => false,
  );
  const located = await locateTensorflow(options);
  return installed && located.status === 'ready' ? {status: 'ready', located} : failure;
}

/** Prepares TensorFlow's folder in the user's cache; resolves to a result only when that cannot be done here. */
export async function makeTensorflow(
  located: Located,
  onProgress: (progress: SetupProgress) => void,
): Promise<SetupResult | undefined> {
  try {
    await makeOnce(located, onProgress);
    return undefined;
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    return {status: 'unavailable', why: error.message, remedy: error.remedy};
  }
}

/** Points tfjs-node to an addon, in one step that nobody sees half-done. */
export async function linkAddon(target: string): Promise<void> {
  const link = addonLink();
  await mkdir(dirname(link), {recursive: true});
  const temporary = `${link}.${await temporaryName()}`;
  await symlink(target, temporary);
  await rename(temporary, link);
}

/** Holds the lock while preparing; whoever comes second finds the result. A lock whose holder died is taken over. */
async function makeOnce(located: Located, onProgress: (progress: SetupProgress) => void): Promise<void> {
  const cache = dirname(located.home);
  await mkdir(join(cache, 'tmp'), {recursive: true});
  const lock = `${located.home}.lock`;
  for (let waited = false; ; waited = true) {
    try {
      await symlink(await temporaryName(), lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!(await holderRuns(lock))) await unlink(lock).catch(() => undefined);
    else {
      if (!waited) onProgress({phase: 'wait', text: 'another process is preparing TensorFlow; waiting for it'});
      await wait(500);
    }
  }
  try {
    // whoever held the lock before may have made it
    if (!(await readManifest(located.home))) await make(located, join(cache, 'tmp'), onProgress);
  } finally {
    await unlink(lock);
  }
}

async function holderRuns(lock: string): Promise<boolean> {
  const holder = await readlink(lock).catch(() => undefined);
  return holder !== undefined && (await isRunning(holder));
}

async function make(located: Located, temporaries: string, onProgress: (progress: SetupProgress) => void): Promise<void> {
  const pins = pinsFor(located.variant);
  if (!pins)
    throw new SetupProblem(
      `TensorFlow ${tensorflowVersion} has no wheel for ${process.platform} ${process.arch}`,
      'Use Linux on x64 or arm64, or macOS on arm64.',
    );
  await removeAbandoned(temporaries);
  const folder = await mkdtemp(join(temporaries, `${await temporaryName()}-`));
  try {
    await download(pins, folder, onProgress);
    onProgress({phase: 'unpack', text: 'unpacking the libraries'});
    const wheels = (await readdir(folder)).filter((name) => name.endsWith('.whl')).map((name) => join(folder, name));
    await run('python3', ['-c', unpackScript, join(folder, 'home'), ...wheels]);
    for (const wheel of wheels) await rm(wheel);
    onProgress({phase: 'build', text: 'building the addon (10 s)'});
    await build(join(folder, 'home'));
    await rm(join(folder, 'home', 'tensorflow', 'include'), {recursive: true});
    await writeManifest(located, join(folder, 'home'));
    await rename(join(folder, 'home'), located.home);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

async function download(pins: Pins, folder: string, onProgress: (progress: SetupProgress) => void): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${pins.requirements.join('\n')}\n`);
  const tell = async (): Promise<void> => {
    const done = await folderBytes(folder);
    if (downloading) onProgress({phase: 'download', text: `TensorFlow ${tensorflowVersion}`, done, total: pins.bytes});
  };
  let downloading = true;
  await tell();
  const timer = setInterval(() => void tell(), 500);
  const where = ['--dest', folder, ...pins.platforms.flatMap((platform) => ['--platform', platform])];
  const which = [
    '--no-deps',
    '--only-binary=:all:',
    '--python-version',
    '3.12',
    '--implementation',
    'cp',
    '--abi',
    'cp312',
    '--abi',
    'none',
    '--require-hashes',
    '-r',
    requirements,
  ];
  try {
    // pip's own cache would keep the wheel a second time
    await run(
      'python3',
      ['-m', 'pip', 'download', '--quiet', '--no-cache-dir', '--disable-pip-version-check', ...which, ...where],
      {TMPDIR: folder},
    );
  } finally {
    downloading = false;
    clearInterval(timer);
  }
}

/** tfjs-node's addon is two C++ files against Node's C interface, the same for every Node from 12 on; no build system is needed. */
async function build(home: string): Promise<void> {
  const source = join(addonPackage(), 'binding');
  const headers = (createRequire(import.meta.url)('node-api-headers') as {include_dir: string}).include_dir;
  const libraries = (await readdir(join(home, 'tensorflow')))
    .filter((name) => name.startsWith('lib'))
    .map((name) => join(home, 'tensorflow', name));
  const platform =
    process.platform === 'darwin'
      ? ['-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/tensorflow']
      : ['-Wl,-rpath,$ORIGIN/tensorflow'];
  await run(process.env['CXX'] ?? 'c++', [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    '-DNAPI_VERSION=8',
    ...[addonPackage(), join(addonPackage(), '..'), headers, join(home, 'tensorflow', 'include')].map((folder) => `-I${folder}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(source, name)),
    ...libraries,
    ...platform,
    '-o',
    join(home, addonName),
  ]);
}

async function writeManifest({variant, version}: Located, home: string): Promise<void> {
  const names = (await readdir(home, {recursive: true, withFileTypes: true}))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(names.map(async (name) => [name.slice(home.length + 1), (await stat(name)).size] as const));
  const manifest: Manifest = {version, variant, files: Object.fromEntries(sizes)};
  await writeDurably(
    join(home, manifestName),
    async (file) => void (await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)),
  );
}

/** Runs a tool; its failure, or its absence, is a problem with a remedy. */
async function run(
  tool: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = process.cwd(),
): Promise<void> {
  const child = spawn(tool, args, {stdio: ['ignore', 'ignore', 'pipe'], env: {...process.env, ...environment}, cwd});
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-4000);
  });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === 0) return;
    throw new SetupProblem(
      `\`${tool} ${args[0] === '-m' ? args[1] : ''}\` failed: ${lastLines(errors)}`,
      missingTool(tool, errors),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SetupProblem(`\`${tool}\` was not found`, missingTool(tool, ''));
  } finally {
    process.off('exit', stop);
  }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' ').slice(0, 500);

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          (found) => found.size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
