import {readFile} from 'node:fs/promises';
import {
  type DatasetValue,
  type FigureValue,
  isFileName,
  type ModelValue,
  type PortType,
  type PortValue,
  type Split,
  type TableValue,
} from '../nodes/ports.js';
import type {Store, StoredFile, StoredOutput} from '../store/store.js';
import {decodeSafetensors, encodeSafetensors} from '../tensor/safetensors.js';
import {canonicalJson} from '../util/canonical-json.js';
import {digestJson} from '../util/digest.js';

type Content = Uint8Array | AsyncIterable<Uint8Array>;

const json = (value: unknown): Uint8Array => Buffer.from(`${canonicalJson(value)}\n`);

/** The files that hold a value. Equal values give equal bytes. */
async function* filesOf(value: PortValue): AsyncGenerator<readonly [name: string, content: Content]> {
  switch (value.kind) {
    case 'dataset':
    case 'embedding':
      for (const name of value.splitNames) {
        if (!isFileName(name)) throw new Error(`Expected a split to have the name of a file, got \`${name}\``);
        yield [`${name}.safetensors`, encodeSafetensors(await value.split(name))];
      }
      return;
    case 'model':
      yield ['architecture.json', json(value.architecture)];
      yield ['weights.safetensors', encodeSafetensors(value.weights)];
      return;
    case 'table':
      yield ['table.json', json({columns: value.columns})];
      return;
    case 'figure':
      yield ['figure.png', value.png];
      yield ['figure.json', json({title: value.title, alt: value.alt, interactive: value.interactive?.type})];
      if (value.interactive) yield ['interactive.json', json(value.interactive)];
      return;
    default:
      value satisfies never;
  }
}

/** Writes a stage's output into the store; nothing names its blobs until a record does. */
export async function storeValue(store: Store, value: PortValue, type: PortType): Promise<StoredOutput> {
  const files: StoredFile[] = [];
  for await (const [name, content] of filesOf(value)) files.push({name, ...(await store.writeBlob(content))});
  const digest = digestJson({kind: value.kind, files: files.map((file) => [file.name, file.digest])});
  return {kind: value.kind, type, digest, files};
}

/** Reads an output back; splits are read, verified, when a node asks for them. */
export async function loadValue(store: Store, output: StoredOutput): Promise<PortValue> {
  const read = async (name: string): Promise<Buffer> => {
    const file = output.files.find((candidate) => candidate.name === name);
    if (!file)
      throw new Error(
        `Expected a stored ${output.kind} to hold \`${name}\`, got ${output.files.map((each) => each.name).join(', ')}`,
      );
    return await readFile(await store.openBlob(file.digest));
  };
  switch (output.kind as PortValue['kind']) {
    case 'dataset':
    case 'embedding':
      return datasetValue(
        output.kind as DatasetValue['kind'],
        output.files.map((file) => file.name.replace(/\.safetensors$/, '')),
        async (name) => decodeSafetensors(await read(`${name}.safetensors`)).tensors,
      );
    case 'model':
      return {
        kind: 'model',
        architecture: JSON.parse((await read('architecture.json')).toString('utf8')) as unknown,
        weights: decodeSafetensors(await read('weights.safetensors')).tensors,
      } satisfies ModelValue;
    case 'table':
      return {
        kind: 'table',
        ...(JSON.parse((await read('table.json')).toString('utf8')) as Pick<TableValue, 'columns'>),
      } satisfies TableValue;
    case 'figure': {
      const about = JSON.parse((await read('figure.json')).toString('utf8')) as Pick<FigureValue, 'title' | 'alt'>;
      return {kind: 'figure', ...about, png: await read('figure.png')} satisfies FigureValue;
    }
  }
}

/** A data set whose splits are read once, when first asked for. */
function datasetValue(
  kind: DatasetValue['kind'],
  splitNames: readonly string[],
  read: (name: string) => Promise<Split>,
): DatasetValue {
  const splits = new Map<string, Promise<Split>>();
  return {
    kind,
    splitNames,
    split: (name) => {
      if (!splitNames.includes(name)) throw new Error(`Expected one of the splits ${splitNames.join(', ')}, got \`${name}\``);
      const split = splits.get(name) ?? read(name);
      splits.set(name, split);
      return split;
    },
  };
}
