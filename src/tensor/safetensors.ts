import {readFile} from 'node:fs/promises';
import {bytesPerElement, type DataOf, type DType, type HostTensor, hostTensor, sizeOf} from '../core/host-tensor.js';

/**
 * The safetensors format, which numpy, PyTorch and JAX read: 8 bytes of header length (little-endian), a JSON header that gives
 * each tensor's type, shape and place, then the tensors' bytes. Source: huggingface/safetensors, format section of its README.
 */
const names: Record<DType, string> = {float32: 'F32', int32: 'I32', uint8: 'U8'};
const dtypes = new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));
const metadataKey = '__metadata__';
/** Bytes that say how long the header is. */
const lengthBytes = 8;
const largestHeader = 100_000_000;

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

interface SafetensorsContent {
  readonly tensors: Record<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of a file, chunk by chunk: the header, then views of the tensors' own memory. Equal tensors give equal bytes. */
export async function* encodeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array> {
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const notes = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (notes.length > 0) header[metadataKey] = Object.fromEntries(notes);
  // wide elements first, so that each tensor begins at a multiple of its element size
  const order = Object.keys(tensors).sort(
    (a, b) => bytesPerElement[tensorOf(tensors, b).dtype] - bytesPerElement[tensorOf(tensors, a).dtype] || (a < b ? -1 : 1),
  );
  let offset = 0;
  for (const name of order) {
    if (name === metadataKey)
      throw new Error(`Expected a tensor name other than \`${metadataKey}\`, which the format keeps for itself`);
    const {dtype, shape, data} = tensorOf(tensors, name);
    header[name] = {dtype: names[dtype], shape, data_offsets: [offset, offset + data.byteLength]} satisfies HeaderEntry;
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const start = Buffer.alloc(8 + padded, ' ');
  start.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(start, 8);
  yield start;
  for (const name of order) {
    const {data} = tensorOf(tensors, name);
    if (data.byteLength > 0) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

const tensorOf = (tensors: Readonly<Record<string, HostTensor>>, name: string): HostTensor => tensors[name] as HostTensor;

/** Tensors and metadata of a file's bytes; tensors are views of `bytes` where alignment allows. Throws on anything malformed. */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const {header, dataStart} = readHeader(bytes);
  const tensors: Record<string, HostTensor> = Object.create(null) as Record<string, HostTensor>;
  let expected = 0;
  const entries = entriesOf(header);
  for (const [name, entry] of entries.sort(([, a], [, b]) => begin(a) - begin(b) || end(a) - end(b))) {
    const {dtype, shape} = typeOf(name, entry);
    const length = sizeOf(shape) * bytesPerElement[dtype];
    if (begin(entry) !== expected || end(entry) - begin(entry) !== length)
      throw malformed(
        `tensor \`${name}\` should stand at bytes ${expected} to ${expected + length}, its header says ${begin(entry)} to ${end(entry)}`,
      );
    expected += length;
    if (dataStart + expected > bytes.length)
      throw malformed(`it ends after ${bytes.length} bytes, tensor \`${name}\` should end at ${dataStart + expected}`);
    tensors[name] = hostTensor(dtype, shape, viewOf(bytes, dataStart + begin(entry), length, dtype));
  }
  if (dataStart + expected !== bytes.length)
    throw malformed(`it has ${bytes.length - dataStart - expected} bytes after the last tensor`);
  const metadata = Object.hasOwn(header, metadataKey) ? header[metadataKey] : {};
  if (!isMapping(metadata) || !Object.values(metadata).every((text) => typeof text === 'string'))
    throw malformed(`its \`${metadataKey}\` is not a mapping of texts`);
  return {tensors, metadata: metadata as Record<string, string>};
}

/** Types and shapes of a file's tensors, by its header alone; `read` gives a range of the file's bytes. */
export async function readTensorTypes(
  read: (start: number, end: number) => Promise<Uint8Array>,
): Promise<Readonly<Record<string, Pick<HostTensor, 'dtype' | 'shape'>>>> {
  const start = await read(0, lengthBytes);
  const {header} = readHeader(await read(0, start.length < lengthBytes ? lengthBytes : lengthBytes + headerLength(start)));
  return Object.fromEntries(entriesOf(header).map(([name, entry]) => [name, typeOf(name, entry)]));
}

function entriesOf(header: Readonly<Record<string, unknown>>): [string, HeaderEntry][] {
  const entries = Object.entries(header).filter(([name]) => name !== metadataKey);
  for (const [name, entry] of entries) if (!isMapping(entry)) throw malformed(`tensor \`${name}\` is not described by an object`);
  return entries as [string, HeaderEntry][];
}

function typeOf(name: string, {dtype: written, shape}: HeaderEntry): Pick<HostTensor, 'dtype' | 'shape'> {
  const dtype = dtypes.get(written);
  if (!dtype) throw malformed(`tensor \`${name}\` has type ${String(written)}; known are ${[...dtypes.keys()].join(', ')}`);
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw malformed(`tensor \`${name}\` has no valid shape`);
  return {dtype, shape};
}

/** Reads a whole file. */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
  return decodeSafetensors(await readFile(path));
}

const begin = (entry: HeaderEntry): number => entry.data_offsets?.[0] ?? Number.NaN;
const end = (entry: HeaderEntry): number => entry.data_offsets?.[1] ?? Number.NaN;

function readHeader(bytes: Uint8Array): {readonly header: Record<string, unknown>; readonly dataStart: number} {
  if (bytes.length < lengthBytes) throw malformed(`it has only ${bytes.length} bytes`);
  const length = headerLength(bytes);
  if (lengthBytes + length > bytes.length)
    throw malformed(`its header should have ${length} bytes, the file has ${bytes.length}`);
  const text = decodeUtf8(bytes.subarray(lengthBytes, lengthBytes + length));
  const header = text === undefined ? undefined : parseJson(text);
  if (text === undefined || !isMapping(header)) throw malformed('its header is not a JSON object');
  const twice = firstDuplicateKey(text);
  if (twice !== undefined) throw malformed(`its header has \`${twice}\` twice`);
  return {header, dataStart: lengthBytes + length};
}

function headerLength(bytes: Uint8Array): number {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true));
  if (length > largestHeader) throw malformed(`its header should have ${length} bytes`);
  return length;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A key that stands twice in one object of a valid JSON text: JSON.parse would silently keep the last. */
function firstDuplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, text, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*(:?)|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon === ':') {
      const key = JSON.parse(text as string) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function viewOf(bytes: Uint8Array, start: number, length: number, dtype: DType): DataOf[DType] {
  const Type = {float32: Float32Array, int32: Int32Array, uint8: Uint8Array}[dtype];
  const offset = bytes.byteOffset + start;
  if (offset % bytesPerElement[dtype] === 0)
    return new Type(bytes.buffer as ArrayBuffer, offset, length / bytesPerElement[dtype]);
  return new Type(bytes.slice(start, start + length).buffer as ArrayBuffer);
}

const malformed = (what: string): Error => new Error(`Expected a safetensors file, but ${what}`);
