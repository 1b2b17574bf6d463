import {existsSync} from 'node:fs';
import {readFile, realpath} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {userCache} from '../../util/data-files.js';
import {pinsFor, tensorflowVersion, type Variant} from './pins.js';

/** What is there of TensorFlow, found with a few looks at the disk: nothing is loaded. */
export interface Located {
  /** `unlinked`: prepared on this machine, but not joined to this node_modules. */
  readonly status: 'ready' | 'unlinked' | 'absent';
  readonly variant: Variant;
  /** Version that is, or would be, used. */
  readonly version: string;
  /** Where the prepared TensorFlow is, or would be. */
  readonly home: string;
}

/** What the set-up leaves in its folder, last of all. */
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

/** Whether an NVIDIA driver is running here. */
export const hasNvidiaDriver = (): boolean => existsSync('/proc/driver/nvidia/version');

export function homeOf(variant: Variant): string {
  return join(userCache(), `tensorflow-${tensorflowVersion}-${variant}-${process.platform}-${process.arch}`);
}

export async function locateTensorflow({cpu = false}: {readonly cpu?: boolean} = {}): Promise<Located> {
  const variant: Variant = !cpu && hasNvidiaDriver() && pinsFor('cuda') ? 'cuda' : 'cpu';
  const home = homeOf(variant);
  const common = {variant, version: tensorflowVersion, home};
  const linked = await realpath(addonLink()).catch(() => undefined);
  const prepared = (await readManifest(home)) !== undefined;
  if (linked === join(home, addonName) && prepared) return {status: 'ready', ...common};
  if (prepared) return {status: 'unlinked', ...common};
  // an addon that someone else put there, such as tfjs's own installer: used as it is
  if (linked !== undefined && !linked.startsWith(userCache())) return {status: 'ready', ...common, version: 'as installed'};
  return {status: 'absent', ...common};
}

export async function readManifest(home: string): Promise<Manifest | undefined> {
  const text = await readFile(join(home, manifestName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}

/** What a process needs in its environment to load the prepared TensorFlow: CUDA's libraries lie beside it. */
export function tensorflowEnvironment({variant, home}: Located): Record<string, string> {
  if (variant === 'cpu') return {};
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
