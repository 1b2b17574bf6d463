import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {digestBytes} from '../../core/digest.js';
import type {HostTensor} from '../../core/host-tensor.js';
import type {PortType, PortValue, Split, TableValue} from '../../core/ports.js';
import {formatBytes} from '../../util/format.js';
import {type Command, text, UsageError} from '../command.js';
import {findEdges, pastRunOptions} from '../edge.js';

const formats = ['safetensors', 'npy', 'npz', 'csv', 'png'] as const;
type Format = (typeof formats)[number];

/** What becomes of a kind of edge when no format is asked for. */
const natural: Readonly<Record<PortValue['kind'], Format>> = {
  dataset: 'safetensors',
  embedding: 'safetensors',
  model: 'safetensors',
  table: 'csv',
  figure: 'png',
};

type Files = readonly (readonly [name: string, bytes: Uint8Array | string])[];

export const command: Command = {
  name: 'export',
  summary: 'Writes the results of a stage for other tools: npy, npz, safetensors, csv, png.',
  usage: 'export STAGE [options]          or STAGE.OUTPUT',
  options: {
    format: {
      type: 'string',
      short: 'f',
      value: 'FORMAT',
      choices: formats,
      description: `${formats.join(', ')} (default: what suits each output)`,
    },
    out: {type: 'string', value: 'FOLDER', description: 'where the files go (default: exported/STAGE)'},
    run: {type: 'string', value: 'RUN', default: 'latest', description: 'the run whose result it is (default: latest)'},
    ...pastRunOptions,
  },
  examples: [
    'pipeline export codes --format npz',
    'pipeline export aae.history --out history',
    'pipeline export map --format png',
  ],
  run: async (invocation) => {
    const [reference, second] = invocation.positionals;
    if (reference === undefined || second !== undefined)
      throw new UsageError('Expected one stage, or one of its outputs', 'Such as: pipeline export codes --format npz');
    const format = await formatOf(text(invocation, 'format'));
    const edges = await findEdges(invocation, reference);
    const files: Files[number][] = [];
    for (const [port, output] of edges.outputs) {
      const value = await edges.results.value(output);
      const written = await filesOf(port, value, output.type as PortType, format ?? natural[value.kind]);
      files.push(...written);
    }
    if (files.length === 0) {
      const kinds = edges.outputs.map(([port, {kind}]) => `\`${port}\` is a ${kind}`).join(', ');
      throw new UsageError(
        `Expected a format for \`${reference}\`, got \`${format}\`: ${kinds}`,
        'Tensors are written as safetensors, npy, npz, png, and csv up to two axes; tables as csv and png; figures as png.',
      );
    }
    const folder = text(invocation, 'out') ?? join('exported', edges.stage);
    await mkdir(folder, {recursive: true});
    for (const [name, bytes] of files) {
      await writeFile(join(folder, name), bytes);
      process.stdout.write(`${join(folder, name)}  ${formatBytes(Buffer.byteLength(bytes))}\n`);
    }
    return 0;
  },
};

async function formatOf(wanted: string | undefined): Promise<Format | undefined> {
  const format = formats.find((each) => each === wanted);
  if (wanted === undefined || format) return format;
  const {suggest, quote} = await import('../../recipe/wording.js');
  throw new UsageError(`Expected a format, got ${quote(wanted)}`, suggest(wanted, formats, 'There are'));
}

/** The files of one output in a format; none when it has no such form. */
async function filesOf(port: string, value: PortValue, type: PortType, format: Format): Promise<Files> {
  switch (value.kind) {
    case 'figure':
      return format === 'png' ? [[`${port}.png`, value.png]] : [];
    case 'table':
      if (format === 'png') return [[`${port}.png`, await picture(value, type)]];
      return format === 'csv' ? [[`${port}.csv`, csvOf(value.columns)]] : [];
    case 'model':
      if (format === 'png') return [[`${port}.png`, await picture(value, type)]];
      return await tensorFiles(port, value.weights, format);
    case 'dataset':
    case 'embedding': {
      const files: Files[number][] = [];
      for (const split of value.splitNames)
        files.push(
          ...(format === 'png'
            ? [[`${port}-${split}.png`, await picture(value, type, split)] as const]
            : await tensorFiles(`${port}-${split}`, await value.split(split), format)),
        );
      return files;
    }
    default:
      return value satisfies never;
  }
}

async function picture(value: PortValue, type: PortType, split?: string): Promise<Uint8Array> {
  const {pictureOf} = await import('../../exporters/picture-of.js');
  return await pictureOf(value, type, split === undefined ? {} : {split});
}

async function tensorFiles(stem: string, tensors: Split, format: Exclude<Format, 'png'>): Promise<Files> {
  switch (format) {
    case 'safetensors': {
      const {encodeSafetensors} = await import('../../tensor/safetensors.js');
      const chunks: Uint8Array[] = [];
      for await (const chunk of encodeSafetensors(tensors)) chunks.push(chunk);
      return [[`${stem}.safetensors`, Buffer.concat(chunks)]];
    }
    case 'npz': {
      const {encodeNpz} = await import('../../tensor/npy.js');
      return [[`${stem}.npz`, encodeNpz(tensors)]];
    }
    case 'npy': {
      const {encodeNpy} = await import('../../tensor/npy.js');
      return Object.entries(tensors).map(([name, tensor]) => [`${stem}-${fileName(name)}.npy`, encodeNpy(tensor)]);
    }
    case 'csv':
      return Object.entries(tensors).flatMap(([name, tensor]) =>
        tensor.shape.length <= 2 ? [[`${stem}-${fileName(name)}.csv`, csvOf(matrixColumns(name, tensor))] as const] : [],
      );
    default:
      return format satisfies never;
  }
}

/** A tensor's name as part of a file's: characters that a file name may not have become `_`, and a digest keeps such names apart. */
function fileName(name: string): string {
  const safe = name.replace(/[^\w.-]/g, '_');
  return safe === name ? name : `${safe}-${digestBytes(name).slice(0, 8)}`;
}

/** A column an entry of the second axis: `codes0`, `codes1`, …; one column for a vector. */
function matrixColumns(name: string, {shape, data}: HostTensor): TableValue['columns'] {
  const [rows = 1, across = 1] = shape;
  return Object.fromEntries(
    Array.from({length: across}, (_, column) => [
      shape.length < 2 ? name : `${name}${column}`,
      Array.from({length: rows}, (_, row) => data[row * across + column] ?? null),
    ]),
  );
}

/** RFC 4180: a header, values quoted where they must be, nothing for what is absent. */
function csvOf(columns: TableValue['columns']): string {
  const cell = (value: string | number | null): string =>
    value === null ? '' : /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  const all = Object.values(columns);
  const length = Math.max(0, ...all.map((column) => column.length));
  const rows = Array.from({length}, (_, row) => all.map((column) => cell(column[row] ?? null)).join(','));
  return `${[Object.keys(columns).map(cell).join(','), ...rows].join('\r\n')}\r\n`;
}
