import {rmSync} from 'node:fs';
import {mkdir, readdir, rename, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {removeAbandoned, temporaryName, writeDurably} from '../../util/files.js';
import {buildAddon, checkAddon, compiler, linkAddon} from './addon.js';
import {addonName, type Located, locateTensorflow, type Manifest, manifestName, readManifest} from './locate.js';
import {withLock} from './lock.js';
import {missingTools} from './missing-tool.js';
import {runOwnInstaller} from './own-installer.js';
import {type Pins, pinsFor, tensorflowVersion} from './pins.js';
import {runTool, SetupProblem} from './run-tool.js';
import {downloadWheels, removeHeaders, unpackWheels} from './wheels.js';

export interface SetupProgress {
  readonly phase: 'wait' | 'download' | 'unpack' | 'build' | 'link' | 'fallback';
  readonly text: string;
  /** Bytes, while downloading. */
  readonly done?: number;
  readonly total?: number;
}
type OnProgress = (progress: SetupProgress) => void;

export type SetupResult =
  | {readonly status: 'ready'; readonly located: Located}
  /** One sentence why, and what would help. */
  | {readonly status: 'unavailable'; readonly why: string; readonly remedy: string};

/**
 * Makes TensorFlow ready for this machine and this node_modules: fetches the pinned wheel with pip, keeps its libraries in the user's
 * cache, builds tfjs-node's addon against them and links it. Everything happens in a folder of its own that gets its name at the
 * end, so an interrupted set-up leaves nothing half-made; a second one at the same time waits for the first. Where that cannot be done,
 * tfjs's own installer is tried.
 */
export async function prepareTensorflow(options: {
  readonly cpu?: boolean;
  /** Prepares it anew; what is there stays in use until that is done. */
  readonly force?: boolean;
  readonly onProgress: OnProgress;
}): Promise<SetupResult> {
  const {cpu = false, force = false, onProgress} = options;
  const located = await locateTensorflow({cpu});
  if (located.status === 'absent' || force) {
    const problem = await makeTensorflow(located, onProgress, {force});
    if (problem) return (await otherWay(cpu, problem, onProgress)) ?? problem;
  }
  if (located.status !== 'ready' || force) {
    onProgress({phase: 'link', text: 'linking the addon into node_modules'});
    await linkAddon(join(located.home, addonName));
  }
  return {status: 'ready', located: await locateTensorflow({cpu})};
}

/** Prepares TensorFlow's folder in the user's cache; resolves to a result only when that cannot be done here. */
async function makeTensorflow(
  located: Located,
  onProgress: OnProgress,
  {force = false}: {readonly force?: boolean} = {},
): Promise<(SetupResult & {status: 'unavailable'}) | undefined> {
  const temporaries = join(dirname(located.home), 'tmp');
  try {
    const pins = await checkMachine(located);
    await mkdir(temporaries, {recursive: true});
    await withLock(`${located.home}.lock`, waiting(onProgress), async (waited) => {
      // whoever held the lock before may have made it
      if ((force && !waited) || !(await readManifest(located.home))) await make(located, pins, temporaries, onProgress);
    });
    return undefined;
  } catch (error) {
    return unavailable(error);
  }
}

const waiting = (onProgress: OnProgress) => (): void =>
  onProgress({phase: 'wait', text: 'another process is preparing TensorFlow; waiting for it'});

/** The result of a set-up whose step failed; other errors are thrown on. */
function unavailable(error: unknown): SetupResult & {status: 'unavailable'} {
  if (error instanceof SetupProblem) return {status: 'unavailable', why: error.message, remedy: error.remedy};
  const {code, message} = error as NodeJS.ErrnoException;
  const remedies: Readonly<Record<string, string>> = {
    ENOSPC: 'Free some disk space, or set XDG_CACHE_HOME to a folder on a disk that has some.',
    EACCES: 'Set XDG_CACHE_HOME to a folder that you may write.',
    EROFS: 'Set XDG_CACHE_HOME to a folder that you may write.',
    ENOTDIR: 'Set XDG_CACHE_HOME to a folder that you may write.',
  };
  const remedy = remedies[code ?? ''];
  if (remedy === undefined) throw error;
  return {status: 'unavailable', why: message, remedy};
}

/** Nothing is downloaded before all that is needed is there; everything that is missing is reported at once. */
async function checkMachine({variant}: Located): Promise<Pins> {
  const pins = pinsFor(variant);
  if (!pins)
    throw new SetupProblem(
      `TensorFlow ${tensorflowVersion} has no wheel for ${process.platform} ${process.arch}`,
      'Use Linux on x64 or arm64, or macOS on arm64.',
    );
  if (process.platform === 'linux' && !hasGlibc())
    throw new SetupProblem(
      'TensorFlow’s Linux wheels need glibc, and this system has another C library',
      'Use a distribution with glibc, such as Debian instead of Alpine.',
    );
  const checks = await Promise.allSettled([
    runTool('python3', ['-m', 'pip', '--version']),
    runTool(compiler(), ['--version']),
  ] as const);
  const problems = checks.flatMap((check) => (check.status === 'rejected' ? [check.reason as SetupProblem] : []));
  const [first, second] = problems;
  if (first && second) throw new SetupProblem(`${first.message}; ${second.message}`, missingTools(['python', 'compiler']));
  if (first) throw first;
  return pins;
}

function hasGlibc(): boolean {
  const report = process.report?.getReport() as {header?: {glibcVersionRuntime?: string}} | undefined;
  return report?.header?.glibcVersionRuntime !== undefined;
}

async function make(located: Located, pins: Pins, temporaries: string, onProgress: OnProgress): Promise<void> {
  await removeAbandoned(temporaries);
  const folder = join(temporaries, await temporaryName());
  const home = join(folder, 'home');
  const remove = (): void => rmSync(folder, {recursive: true, force: true});
  process.once('exit', remove);
  try {
    await mkdir(folder);
    const text = `TensorFlow ${tensorflowVersion}${located.variant === 'cuda' ? ' and CUDA' : ''}`;
    await downloadWheels(pins, folder, (done) => onProgress({phase: 'download', text, done, total: pins.bytes}));
    onProgress({phase: 'unpack', text: 'unpacking the libraries'});
    await unpackWheels(folder, home);
    onProgress({phase: 'build', text: 'building the addon (10 s)'});
    await buildAddon(home);
    await checkAddon(join(home, addonName));
    await removeHeaders(home);
    await writeManifest(located, home);
    await moveInto(located.home, home, join(folder, 'replaced'));
  } finally {
    process.off('exit', remove);
    await rm(folder, {recursive: true, force: true});
  }
}

/** Gives a complete folder its name. What somebody else (on another machine with this home) put there meanwhile is as good. */
async function moveInto(home: string, made: string, replaced: string): Promise<void> {
  await rename(home, replaced).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  try {
    await rename(made, home);
  } catch (error) {
    if (!(await readManifest(home))) throw error;
  }
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

async function otherWay(cpu: boolean, problem: {readonly why: string}, onProgress: OnProgress): Promise<SetupResult | undefined> {
  onProgress({phase: 'fallback', text: `tfjs’s own installer (TensorFlow 2.9), as ${problem.why}`});
  try {
    await runOwnInstaller({cpu, onWait: waiting(onProgress)});
    return {status: 'ready', located: await locateTensorflow({cpu})};
  } catch (error) {
    // its failure adds nothing: the first problem is the one to mend
    unavailable(error);
    return undefined;
  }
}
