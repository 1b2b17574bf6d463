import {existsSync, readdirSync} from 'node:fs';
import {readFile, realpath, stat} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {userCache} from '../../util/user-cache.js';
import {pinsFor, tensorflowVersion, type Variant} from './pins.js';

/** The installed TensorFlow, found with a few looks at the disk: nothing is loaded. */
export interface Located {
  /** `unlinked`: prepared on this machine, but not joined to this node_modules. */
  readonly status: 'ready' | 'unlinked' | 'absent';
  readonly variant: Variant;
  /** Version that is, or would be, used. */
  readonly version: string;
  /** Where the prepared TensorFlow is, or would be. */
  readonly home: string;
}

/** The file that the set-up writes last. */
export interface Manifest {
  readonly version: string;
  readonly variant: Variant;
  readonly files: Readonly<Record<string, number>>;
}

export const manifestName = 'manifest.json';
export const addonName = 'tfjs_binding.node';

/** Folder of the package whose addon is linked. */
export const addonPackage = (): string =>
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'));

/** Where tfjs-node looks for its addon. */
export const addonLink = (): string => join(addonPackage(), 'lib', 'napi-v8', addonName);

/** True when an NVIDIA driver is running here; Windows' own serves Linux in WSL. */
export const hasNvidiaDriver = (): boolean =>
  existsSync('/proc/driver/nvidia/version') || existsSync('/usr/lib/wsl/lib/libcuda.so.1');

/** Version in the text of `/proc/driver/nvidia/version`, of which the open and the closed module write different first lines. */
export const driverVersion = (text: string): string | undefined => /Kernel Module\b.*?\s(\d+(?:\.\d+)+)\s/.exec(text)?.[1];

/** Number of GPUs for stages: none where TensorFlow is used without. */
export function gpuCount({variant}: Located): number {
  if (variant === 'cpu') return 0;
  const folder = '/proc/driver/nvidia/gpus';
  return existsSync(folder) ? readdirSync(folder).length : 1;
}

function homeOf(variant: Variant): string {
  return join(userCache(), `tensorflow-${tensorflowVersion}-${variant}-${process.platform}-${process.arch}`);
}

/** Finds TensorFlow; with `cpu` for use without the GPU, which the one for CUDA serves as well where it is prepared. */
export async function locateTensorflow({cpu = false}: {readonly cpu?: boolean} = {}): Promise<Located> {
  const cuda = hasNvidiaDriver() && pinsFor('cuda') !== undefined;
  const variant: Variant = cuda && !cpu ? 'cuda' : 'cpu';
  const homes = cuda ? [homeOf('cuda'), ...(cpu ? [homeOf('cpu')] : [])] : [homeOf('cpu')];
  const prepared = await firstPrepared(homes);
  const home = prepared ?? homeOf(variant);
  const common = {variant, version: tensorflowVersion, home};
  const linked = await realpath(addonLink()).catch(() => undefined);
  if (prepared !== undefined)
    return {status: linked === (await realpath(join(prepared, addonName))) ? 'ready' : 'unlinked', ...common};
  if (linked === undefined) return {status: 'absent', ...common};
  // prepared in another cache: XDG_CACHE_HOME has changed since
  const elsewhere = await readManifest(dirname(linked));
  if (elsewhere?.version === tensorflowVersion && (elsewhere.variant === 'cuda' || variant === 'cpu'))
    return {status: 'ready', ...common, home: dirname(linked)};
  // an addon that someone else put there, such as tfjs's own installer: used as it is
  const cache = await realpath(userCache()).catch(userCache);
  const ours = linked.startsWith(cache) || existsSync(join(dirname(linked), manifestName));
  if (!ours) return {status: 'ready', ...common, version: 'as installed'};
  return {status: 'absent', ...common};
}

async function firstPrepared(homes: readonly string[]): Promise<string | undefined> {
  for (const home of homes) if (await readManifest(home)) return home;
  return undefined;
}

/** The manifest of a prepared TensorFlow; `undefined` when there is none, or a file of it is missing or cut short. */
export async function readManifest(home: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(home, manifestName), 'utf8')) as Manifest;
    const isWhole = async ([name, size]: [string, number]): Promise<boolean> => (await stat(join(home, name))).size === size;
    const whole = await Promise.all(Object.entries(manifest.files).map(isWhole));
    return whole.every(Boolean) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Environment that a process needs to load the prepared TensorFlow: CUDA's libraries beside it, or no sight of a GPU. */
export function tensorflowEnvironment({variant, home}: Located): Record<string, string> {
  if (variant === 'cpu') return {CUDA_VISIBLE_DEVICES: '-1'};
  const libraries = [
    'cublas',
    'cuda_cupti',
    'cuda_nvrtc',
    'cuda_runtime',
    'cudnn',
    'cufft',
    'curand',
    'cusolver',
    'cusparse',
    'nccl',
    'nvjitlink',
  ];
  const paths = libraries.map((name) => join(home, 'nvidia', name, 'lib'));
  return {LD_LIBRARY_PATH: [...paths, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':')};
}
