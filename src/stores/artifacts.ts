import {readFile} from 'node:fs/promises';
import {canonicalJson} from '../core/canonical-json.js';
import {digestJson} from '../core/digest.js';
import type {Affine, HostTensor} from '../core/host-tensor.js';
import {
  type DatasetValue,
  type FigureValue,
  type Interactive,
  isFileName,
  type ModelValue,
  type PackedSplit,
  type PortType,
  type PortValue,
  type TableValue,
} from '../core/ports.js';
import {packedSplit, unpackSplit} from '../core/splits.js';
import type {Store, StoredFile, StoredOutput} from '../core/store.js';
import {decodeSafetensors, encodeSafetensors} from '../tensor/safetensors.js';

type Content = Uint8Array | AsyncIterable<Uint8Array>;

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
        yield [`${name}.safetensors`, encodeSplit(split)];
      }
      return;
    case 'model':
      for (const [name, values] of Object.entries(value.weights)) look(name, values);
      yield ['architecture.json', json(value.architecture)];
      yield ['weights.safetensors', encodeSafetensors(value.weights)];
      return;
    case 'table':
      yield ['table.json', json({columns: value.columns})];
      return;
    case 'figure':
      yield ['figure.png', value.png];
      if (value.film) yield ['figure.gif', value.film];
      yield ['figure.json', json({title: value.title, alt: value.alt, interactive: value.interactive?.type})];
      if (value.interactive) yield ['interactive.json', json(value.interactive)];
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

/** Reads an output back; splits are read, verified, when a node asks for them. */
export async function loadValue(store: Store, output: StoredOutput): Promise<PortValue> {
  const fileOf = (name: string): StoredFile | undefined => output.files.find((candidate) => candidate.name === name);
  const read = async (name: string): Promise<Buffer> => {
    const file = fileOf(name);
    if (!file)
      throw new Error(
        `Expected a stored ${output.kind} to hold \`${name}\`, got ${output.files.map((each) => each.name).join(', ')}`,
      );
    return await readFile(await store.openBlob(file.digest));
  };
  const readJson = async (name: string): Promise<unknown> => JSON.parse((await read(name)).toString('utf8'));
  switch (output.kind as PortValue['kind']) {
    case 'dataset':
    case 'embedding':
      return datasetValue(
        output.kind as DatasetValue['kind'],
        output.files.map((file) => file.name.replace(/\.safetensors$/, '')),
        async (name) => decodeSplit(await read(`${name}.safetensors`)),
      );
    case 'model':
      return {
        kind: 'model',
        architecture: await readJson('architecture.json'),
        weights: decodeSafetensors(await read('weights.safetensors')).tensors,
      } satisfies ModelValue;
    case 'table':
      return {kind: 'table', ...((await readJson('table.json')) as Pick<TableValue, 'columns'>)} satisfies TableValue;
    case 'figure': {
      // `interactive` is there as the name of its type only: the whole has a file of its own
      const {title, alt} = (await readJson('figure.json')) as Pick<FigureValue, 'title' | 'alt'>;
      return {
        kind: 'figure',
        title,
        alt,
        png: await read('figure.png'),
        ...(fileOf('figure.gif') && {film: await read('figure.gif')}),
        ...(fileOf('interactive.json') && {interactive: (await readJson('interactive.json')) as Interactive}),
      } satisfies FigureValue;
    }
  }
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
