import {canonicalJson} from '../core/canonical-json.js';
import {digestJson} from '../core/digest.js';
import type {Affine, HostTensor} from '../core/host-tensor.js';
import {
  type DatasetValue,
  type FigureValue,
  type Interactive,
  isFileName,
  type PackedSplit,
  type PortType,
  type PortValue,
  type TableValue,
} from '../core/ports.js';
import {packedSplit, unpackSplit} from '../core/splits.js';
import type {Store, StoredFile, StoredOutput} from '../core/store.js';
import {decodeSafetensors, encodeSafetensors, readTensorTypes} from '../tensor/safetensors.js';

type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** Names of the files that hold a value: they are known here only. */
const names = {
  architecture: 'architecture.json',
  weights: 'weights.safetensors',
  table: 'table.json',
  figure: 'figure.json',
  picture: 'figure.png',
  film: 'figure.gif',
  interactive: 'interactive.json',
} as const;
const splitFile = (split: string): string => `${split}.safetensors`;
const splitName = (file: string): string => file.replace(/\.safetensors$/, '');

/** A stored output, as far as reading it takes. */
type Stored = Pick<StoredOutput, 'kind' | 'files'>;

const json = (value: unknown): Uint8Array => Buffer.from(`${canonicalJson(value)}\n`);

/** Is shown every tensor before it is written; may throw. */
type Look = (name: string, tensor: HostTensor) => void;

/** The files that hold a value. Equal values give equal bytes. */
async function* filesOf(value: PortValue, look: Look): AsyncGenerator<readonly [name: string, content: Content]> {
  switch (value.kind) {
    case 'dataset':
    case 'embedding':
      for (const name of value.splitNames) {
        if (!isFileName(name)) throw new Error(`Expected a split to have the name of a file, got \`${name}\``);
        const split = await packedSplit(value, name);
        for (const [tensor, values] of Object.entries(split)) look(`${name}/${tensor}`, values);
        yield [splitFile(name), encodeSplit(split)];
      }
      return;
    case 'model':
      for (const [name, values] of Object.entries(value.weights)) look(name, values);
      yield [names.architecture, json(value.architecture)];
      yield [names.weights, encodeSafetensors(value.weights)];
      return;
    case 'table':
      yield [names.table, json({columns: value.columns})];
      return;
    case 'figure':
      yield [names.picture, value.png];
      if (value.film) yield [names.film, value.film];
      yield [names.figure, json({title: value.title, alt: value.alt, interactive: value.interactive?.type})];
      if (value.interactive) yield [names.interactive, json(value.interactive)];
      return;
    default:
      value satisfies never;
  }
}

/** Writes a stage's output into the store; nothing names its blobs until a record does. */
export async function storeValue(store: Store, value: PortValue, type: PortType, look: Look = () => {}): Promise<StoredOutput> {
  const files: StoredFile[] = [];
  for await (const [name, content] of filesOf(value, look)) files.push({name, ...(await store.writeBlob(content))});
  const digest = digestJson({kind: value.kind, files: files.map((file) => [file.name, file.digest])});
  return {kind: value.kind, type, digest, files};
}

/** Reads an output back; splits are read, verified, when a node asks for them. Rejects with a `BlobFault` when the store lacks a file. */
export async function loadValue(store: Store, output: Stored): Promise<PortValue> {
  const read = (name: string): Promise<Uint8Array> => store.readBlob(fileOf(output, name).digest);
  const readJson = async (name: string): Promise<unknown> => JSON.parse(Buffer.from(await read(name)).toString('utf8'));
  const has = (name: string): boolean => output.files.some((file) => file.name === name);
  const kind = output.kind as PortValue['kind'];
  switch (kind) {
    case 'dataset':
    case 'embedding':
      return datasetValue(
        kind,
        output.files.map(({name}) => splitName(name)),
        async (name) => decodeSplit(await read(splitFile(name))),
      );
    case 'model':
      return {
        kind,
        architecture: await readJson(names.architecture),
        weights: decodeSafetensors(await read(names.weights)).tensors,
      };
    case 'table':
      return {kind, ...((await readJson(names.table)) as Pick<TableValue, 'columns'>)};
    case 'figure': {
      const {title, alt} = (await readJson(names.figure)) as Pick<FigureValue, 'title' | 'alt'>;
      return {
        ...{kind, title, alt},
        png: await read(names.picture),
        ...(has(names.film) && {film: await read(names.film)}),
        ...(has(names.interactive) && {interactive: (await readJson(names.interactive)) as Interactive}),
      };
    }
    default:
      return kind satisfies never;
  }
}

/** Types and shapes of the tensors of a data set or an embedding, by split: only the beginning of each file is read. */
export async function loadTensorTypes(
  store: Store,
  output: Stored,
): Promise<readonly (StoredFile & {readonly split: string; readonly tensors: TensorTypes})[]> {
  return await Promise.all(
    output.files.map(async (file) => ({
      ...file,
      split: splitName(file.name),
      tensors: await readTensorTypes((start, end) => store.readBlob(file.digest, {start, end})),
    })),
  );
}

type TensorTypes = Awaited<ReturnType<typeof readTensorTypes>>;

/** The file of an output that a person can open: the picture of a figure, the columns of a table. */
export const shownFile = ({kind, files}: Stored): StoredFile | undefined =>
  kind === 'figure' || kind === 'table'
    ? files.find(({name}) => name === (kind === 'figure' ? names.picture : names.table))
    : undefined;

function fileOf({kind, files}: Stored, name: string): StoredFile {
  const file = files.find((candidate) => candidate.name === name);
  if (!file) throw new Error(`Expected a stored ${kind} to hold \`${name}\`, got ${files.map((each) => each.name).join(', ')}`);
  return file;
}

/** A data set whose splits are read once, when first asked for. */
function datasetValue(
  kind: DatasetValue['kind'],
  splitNames: readonly string[],
  read: (name: string) => Promise<PackedSplit>,
): DatasetValue {
  const packed = once(async (name) => {
    if (!splitNames.includes(name)) throw new Error(`Expected one of the splits ${splitNames.join(', ')}, got \`${name}\``);
    return read(name);
  });
  return {kind, splitNames, packed, split: once(async (name) => unpackSplit(await packed(name)))};
}

/** The same promise for the same name. */
function once<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (name) => {
    const promise = made.get(name) ?? make(name);
    made.set(name, promise);
    return promise;
  };
}

/** A split's tensors; what the bytes of some stand for is noted beside them: `affine: {"images": {"offset": …, "scale": …}}`. */
function encodeSplit(split: PackedSplit): AsyncIterable<Uint8Array> {
  const maps = Object.entries(split).flatMap(([name, {affine}]) => (affine ? [[name, {...affine}] as const] : []));
  return encodeSafetensors(split, maps.length > 0 ? {affine: canonicalJson(Object.fromEntries(maps))} : {});
}

function decodeSplit(bytes: Uint8Array): PackedSplit {
  const {tensors, metadata} = decodeSafetensors(bytes);
  const maps = JSON.parse(metadata['affine'] ?? '{}') as Record<string, Affine>;
  const packed = ([name, tensor]: [string, HostTensor]) => [name, maps[name] ? {...tensor, affine: maps[name]} : tensor];
  return Object.fromEntries(Object.entries(tensors).map(packed)) as PackedSplit;
}
