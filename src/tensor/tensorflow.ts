import {createRequire} from 'node:module';
import nodeUtil from 'node:util';
import type * as tfjs from '@tensorflow/tfjs';
import {type BackendName, TensorflowBinding} from './binding.js';

/** TensorFlow.js, once `loadTensorFlow` has resolved. Modules may import it freely and use it only after that. */
export let tf: typeof tfjs;

/** The native binding when the backend is TensorFlow itself, else `undefined`: kernels are then composed of tfjs operations. */
export let native: TensorflowBinding | undefined;

interface BackendInfo {
  readonly backend: BackendName;
  /** Version of what does the arithmetic: TensorFlow's own, or tfjs's. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
}

interface LoadOptions {
  /** tensorflow when not given. */
  readonly backend?: BackendName;
  /** Number of threads that one operation of TensorFlow may use; one a core when not given. */
  readonly threads?: number;
}

let loading: Promise<BackendInfo> | undefined;

/** Loads a backend, once a process; a second call gets what the first loaded. Rejects when it is not installed. */
export function loadTensorFlow(options: LoadOptions = {}): Promise<BackendInfo> {
  loading ??= load(options);
  return loading;
}

async function load({backend = 'tensorflow', threads}: LoadOptions): Promise<BackendInfo> {
  const require = createRequire(import.meta.url);
  if (backend === 'tensorflow') {
    process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
    // on a GPU, sums must not depend on which thread comes first
    process.env['TF_DETERMINISTIC_OPS'] ??= '1';
    // stages run side by side, each a process: none may take all of the GPU's memory
    process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
    if (threads) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
    restoreRemovedUtilities();
    tf = require('@tensorflow/tfjs-node-gpu') as typeof tfjs;
    tf.enableProdMode();
    native = new TensorflowBinding(tf);
    return {backend, version: native.version, device: native.usesGpu ? 'gpu' : 'cpu'};
  }
  tf = require('@tensorflow/tfjs') as typeof tfjs;
  // without it tfjs prints an advertisement and warnings that mean nothing to who trains here
  tf.enableProdMode();
  if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend(backend);
  await tf.ready();
  return {backend, version: tf.version_core, device: 'cpu'};
}

/** tfjs-node 4.22 calls two functions of node:util that Node 23 took away. */
function restoreRemovedUtilities(): void {
  const utilities = nodeUtil as unknown as Record<string, unknown>;
  utilities['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  utilities['isArray'] ??= Array.isArray;
}
