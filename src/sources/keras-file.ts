import type {Dataset, Group} from 'h5wasm';
import {type HostTensor, hostTensor} from '../core/host-tensor.js';

/** A Keras file's weights by the name of their layer, in Keras's order. */
export type KerasWeights = ReadonlyMap<string, readonly HostTensor<'float32'>[]>;

const hdf5 = [0x89, 0x48, 0x44, 0x46];
const zip = [0x50, 0x4b, 0x03, 0x04];
/** Where a `.keras` file keeps its weights. */
const inKeras = 'model.weights.h5';

const beginsWith = (bytes: Uint8Array, start: readonly number[]): boolean => start.every((byte, at) => bytes[at] === byte);

/**
 * Weights from the bytes of what Keras writes: `.h5` of Keras 2 and 3, with or without the model, `.weights.h5`, and `.keras`. Throws one
 * sentence that names the file, as `what`, when it is another, damaged, or without weights.
 */
export async function readKerasFile(bytes: Uint8Array, what: string): Promise<KerasWeights> {
  const inner = beginsWith(bytes, zip) ? await unzip(bytes, what) : bytes;
  if (!beginsWith(inner, hdf5))
    throw new Error(`Expected ${what} to be a file of Keras (.h5, .weights.h5, .keras), got ${describe(bytes)}`);
  const {File, ready} = await import('h5wasm');
  const {FS, ...module} = await ready;
  // what HDF5 finds wrong is thrown, in place of pages of its own on stderr
  module.activate_throwing_error_handler();
  const path = '/weights.h5';
  FS.writeFile(path, inner);
  try {
    const file = new File(path, 'r');
    try {
      const weights = new Map<string, HostTensor<'float32'>[]>();
      collect(file, weights);
      if (weights.size === 0) throw new Error('no layer with weights in it');
      return weights;
    } finally {
      file.close();
    }
  } catch (error) {
    throw new Error(
      `Expected ${what} to be a whole file of Keras with named layers, got a damaged or foreign one: ${reason(error)}`,
    );
  } finally {
    FS.unlink(path);
  }
}

/** The last and deepest of the sentences that HDF5 has for an error, or the error's own. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return [...message.matchAll(/^\s*#\d+: .* in \w+\(\): (.*)$/gm)].at(-1)?.[1] ?? message;
}

async function unzip(bytes: Uint8Array, what: string): Promise<Uint8Array> {
  const {unzipSync} = await import('fflate');
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {filter: ({name}) => name === inKeras});
  } catch (error) {
    throw new Error(`Expected ${what} to be a whole .keras file, got a zip that cannot be read: ${(error as Error).message}`);
  }
  const found = files[inKeras];
  if (!found) throw new Error(`Expected ${what} to be a .keras file, got a zip without \`${inKeras}\``);
  return found;
}

/** "5 bytes that begin with `hello`", "a web page". */
function describe(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 16))
    .toString('latin1')
    .replace(/[^ -~]/g, '·');
  if (/^\s*<(!doctype|html)/i.test(start)) return 'a web page';
  return bytes.length === 0 ? 'an empty one' : `${bytes.length} bytes that begin with \`${start}\``;
}

/** Both layouts: `weight_names` lists a layer's weights (Keras 2, `.h5`), or a group `vars` with a `name` holds them by number (Keras 3). */
function collect(group: Group, weights: Map<string, HostTensor<'float32'>[]>): void {
  const listed = group.attrs['weight_names']?.value;
  if (Array.isArray(listed))
    for (const path of listed.map(String)) {
      // `block_1_expand/kernel:0`, with more in front where a model stands in another
      const layer = path.split('/').at(-2) ?? path;
      weights.set(layer, [...(weights.get(layer) ?? []), tensorOf(group.get(path) as Dataset, path)]);
    }
  const name = group.attrs['name']?.value;
  const numbers = typeof name === 'string' ? group.keys().filter((key) => /^\d+$/.test(key)) : [];
  if (typeof name === 'string' && numbers.length > 0)
    weights.set(
      name,
      numbers
        .toSorted((left, right) => Number(left) - Number(right))
        .map((number) => tensorOf(group.get(number) as Dataset, `${name}/${number}`)),
    );
  if (listed !== undefined) return;
  for (const key of group.keys()) {
    const inner = group.get(key);
    if (inner && 'keys' in inner) collect(inner, weights);
  }
}

function tensorOf(dataset: Dataset, path: string): HostTensor<'float32'> {
  const {shape, value} = dataset;
  // a count of examples, say, is a whole number
  const values = typeof value === 'number' || typeof value === 'bigint' ? [Number(value)] : value;
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) throw new Error(`\`${path}\` is no array of numbers`);
  return hostTensor('float32', shape ?? [], Float32Array.from(values as ArrayLike<number | bigint>, Number));
}
