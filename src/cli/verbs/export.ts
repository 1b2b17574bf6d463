import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {ExportedFile, Exporter} from '../../core/exporter.js';
import type {PortType, PortValue} from '../../core/ports.js';
import {exporters} from '../../exporters/index.js';
import {formatBytes} from '../../util/format.js';
import {type Command, text, UsageError} from '../command.js';
import {findEdges, pastRunOptions} from '../edge.js';

const formats = Object.keys(exporters);

/** The format of a kind of result when none is asked for. */
const natural: Readonly<Record<PortValue['kind'], Exporter>> = {
  dataset: exporters.safetensors,
  embedding: exporters.safetensors,
  model: exporters.safetensors,
  table: exporters.csv,
  figure: exporters.png,
};

export const command: Command = {
  name: 'export',
  summary: `Writes the results of a stage for other tools: ${formats.join(', ')}.`,
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
    const wanted = await exporterOf(text(invocation, 'format'));
    const edges = await findEdges(invocation, reference);
    const files: ExportedFile[] = [];
    for (const [port, output] of edges.outputs) {
      const value = await edges.results.value(output);
      const exporter = wanted ?? natural[value.kind];
      if (exporter.takes.includes(value.kind)) files.push(...(await exporter.files(port, value, output.type as PortType)));
    }
    if (files.length === 0) {
      const kinds = edges.outputs.map(([port, {kind}]) => `\`${port}\` is a ${kind}`).join(', ');
      throw new UsageError(
        `Expected a format for \`${reference}\`, got \`${wanted?.format}\`: ${kinds}`,
        'Tensors are written as safetensors, npy, npz, png, and csv up to two axes; tables as csv and png; figures as png; models as onnx.',
      );
    }
    const folder = text(invocation, 'out') ?? join('exported', edges.stage);
    await mkdir(folder, {recursive: true});
    for (const {name, content} of files) {
      await writeFile(join(folder, name), content);
      process.stdout.write(`${join(folder, name)}  ${formatBytes(Buffer.byteLength(content))}\n`);
    }
    return 0;
  },
};

async function exporterOf(format: string | undefined): Promise<Exporter | undefined> {
  if (format === undefined) return undefined;
  const exporter = Object.values<Exporter>(exporters).find((each) => each.format === format);
  if (exporter) return exporter;
  const {suggest, quote} = await import('../../recipe/wording.js');
  throw new UsageError(`Expected a format, got ${quote(format)}`, suggest(format, formats, 'There are'));
}
