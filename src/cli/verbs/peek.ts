import {writeFile} from 'node:fs/promises';
import type {HostTensor} from '../../core/host-tensor.js';
import type {PortType, PortValue, TableValue} from '../../core/ports.js';
import {type Statistics, statisticsOf} from '../../tensor/statistics.js';
import {formatBytes, formatFigure} from '../../util/format.js';
import {type Command, flag, type Invocation, text, UsageError} from '../command.js';
import {type Edges, findEdges, pastRunOptions} from '../edge.js';
import {style} from '../view/style.js';
import {table} from '../view/table.js';

/** One tensor, or one column of a table. */
interface Shown {
  readonly port: string;
  readonly kind: string;
  /** Such as `train/images`; empty for a figure. */
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly statistics?: Statistics;
}

export const command: Command = {
  name: 'peek',
  summary: 'Shows what a cached edge holds: shapes, dtypes, statistics, NaNs, a histogram; and draws it as a PNG.',
  usage: 'peek EDGE [options]          EDGE is STAGE or STAGE.OUTPUT',
  options: {
    run: {type: 'string', value: 'RUN', default: 'latest', description: 'the run whose result it is (default: latest)'},
    png: {type: 'string', value: 'FILE', description: 'draw it: images, a matrix, curves, or the figure itself'},
    split: {type: 'string', value: 'NAME', description: 'only this split'},
    tensor: {type: 'string', value: 'NAME', description: 'only this tensor, weight or column'},
    json: {type: 'boolean', description: 'print the statistics as JSON'},
    ...pastRunOptions,
  },
  examples: [
    'pipeline peek codes',
    'pipeline peek aae.encoder',
    'pipeline peek scaled --split test --tensor images --png images.png',
  ],
  run: async (invocation) => {
    const [reference, second] = invocation.positionals;
    if (reference === undefined || second !== undefined)
      throw new UsageError('Expected one edge: a stage, or one of its outputs', 'Such as: pipeline peek aae.encoder');
    const edges = await findEdges(invocation, reference);
    const shown: Shown[] = [];
    const values: (readonly [PortValue, PortType])[] = [];
    for (const [port, output] of edges.outputs) {
      const value = await edges.results.value(output);
      const parts = (await partsOf(value)).filter(({name}) => isAsked(name, invocation));
      if (parts.length > 0) values.push([value, output.type as PortType]);
      shown.push(
        ...parts.map(({name, values: tensor, dtype, shape}) => ({
          port,
          kind: value.kind,
          name,
          dtype,
          shape,
          ...(tensor && {statistics: statisticsOf(tensor)}),
        })),
      );
    }
    if (shown.length === 0) throw await nothingAsked(edges, invocation);
    const drawn = await draw(values, invocation);
    process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(shown)}\n` : describe(edges, shown) + drawn);
    return 0;
  },
};

interface ValuePart {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values?: HostTensor;
}

const tensorPart = (name: string, tensor: HostTensor): ValuePart => ({
  name,
  dtype: tensor.dtype,
  shape: tensor.shape,
  values: tensor,
});

async function partsOf(value: PortValue): Promise<readonly ValuePart[]> {
  switch (value.kind) {
    case 'dataset':
    case 'embedding': {
      const parts: ValuePart[] = [];
      for (const split of value.splitNames)
        for (const [name, tensor] of Object.entries(await value.split(split))) parts.push(tensorPart(`${split}/${name}`, tensor));
      return parts;
    }
    case 'model':
      return Object.entries(value.weights).map(([name, tensor]) => tensorPart(name, tensor));
    case 'table':
      return columnsOf(value);
    case 'figure':
      return [{name: value.title, dtype: 'png', shape: []}];
    default:
      return value satisfies never;
  }
}

/** Columns of numbers, an absent one as NaN; of other columns the length. */
function columnsOf({columns}: TableValue): readonly ValuePart[] {
  return Object.entries(columns).map(([name, values]) => {
    const shape = [values.length];
    if (values.some((value) => typeof value === 'string')) return {name, dtype: 'text', shape};
    const data = Float32Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN));
    return {name, dtype: 'number', shape, values: {dtype: 'float32', shape, data}};
  });
}

function isAsked(name: string, invocation: Invocation): boolean {
  const [split, tensor] = [text(invocation, 'split'), text(invocation, 'tensor')];
  const rest = name.slice(name.indexOf('/') + 1);
  return (split === undefined || name.startsWith(`${split}/`)) && (tensor === undefined || tensor === rest || tensor === name);
}

async function nothingAsked({stage, results, outputs}: Edges, invocation: Invocation): Promise<UsageError> {
  const names: string[] = [];
  for (const [, output] of outputs) names.push(...(await partsOf(await results.value(output))).map(({name}) => name));
  const {suggest} = await import('../../recipe/wording.js');
  const wanted = [text(invocation, 'split'), text(invocation, 'tensor')].filter((each) => each !== undefined).join('/');
  return new UsageError(`Expected a part of \`${stage}\`, got \`${wanted}\``, suggest(wanted, names, 'There are'));
}

async function draw(values: readonly (readonly [PortValue, PortType])[], invocation: Invocation): Promise<string> {
  const file = text(invocation, 'png');
  const [[value, type] = [], other] = values;
  if (file === undefined || !value || !type) return '';
  if (other) throw new UsageError('Expected one output for --png, got a stage with several', 'Name one, such as: aae.encoder');
  const {pictureOf} = await import('../../exporters/picture-of.js');
  const [split, tensor] = [text(invocation, 'split'), text(invocation, 'tensor')];
  await writeFile(file, await pictureOf(value, type, {...(split && {split}), ...(tensor && {tensor})}));
  return `\n${file} written\n`;
}

function describe({stage, run, record, outputs}: Edges, shown: readonly Shown[]): string {
  const began = `${style.bold(stage)} of ${run.id} ${style.dim(`· key ${record.key.slice(0, 12)}`)}\n`;
  const parts = outputs.map(([port, {kind, files}]) => {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const lines = shown.filter((each) => each.port === port);
    if (lines.length === 0) return '';
    const heading = `\n${style.cyan(port)}${port === kind ? '' : ` ${kind}`}, ${formatBytes(bytes)}\n`;
    if (kind === 'figure') return `${heading}  ${lines[0]?.name}\n`;
    const infinite = lines.some(({statistics}) => (statistics?.infinite ?? 0) > 0);
    const rows = lines.map((each) => [`  ${each.name}`, `${each.dtype} [${each.shape.join(', ')}]`, ...figuresOf(each)]);
    const histograms = lines.length <= mostHistograms ? lines.map(histogram).join('') : '';
    return heading + table(['', '', 'min', 'max', 'mean', 'sd', 'NaN', ...(infinite ? ['inf'] : [])], rows) + histograms;
  });
  return began + parts.join('');
}

const fewestForHistogram = 10;
/** More than these make a wall of bars. */
const mostHistograms = 8;

function figuresOf({statistics}: Shown): readonly string[] {
  if (!statistics) return [];
  const {min, max, mean, deviation, nan, infinite} = statistics;
  const alarm = (count: number): string => (count > 0 ? style.red(String(count)) : '0');
  return [...[min, max, mean, deviation].map(formatFigure), alarm(nan), ...(infinite > 0 ? [alarm(infinite)] : [])];
}

const bars = [...' ▁▂▃▄▅▆▇█'];

/** Bars from the smallest to the largest value; any part that holds a value shows at least the lowest bar. */
function histogram({name, statistics}: Shown): string {
  if (!statistics || statistics.count < fewestForHistogram || !(statistics.max > statistics.min)) return '';
  const {histogram: counts, min, max} = statistics;
  const largest = Math.max(...counts);
  const drawn = counts.map((count) => bars[count === 0 ? 0 : Math.max(1, Math.round((8 * count) / largest))]).join('');
  return `\n  ${style.dim(name)}\n  ${formatFigure(min).padStart(9)} ${style.blue(drawn)} ${formatFigure(max)}\n`;
}
