import type {TensorChange} from '../../history/compare-results.js';
import type {PastRun} from '../../history/past-run.js';
import {lastMetrics, type RunSummary, summarise} from '../../history/run-state.js';
import {type Difference, differences} from '../../runner/plan/why.js';
import type {Comparison} from '../../tensor/compare.js';
import {formatFigure} from '../../util/format.js';
import {type Command, flag, type Invocation, text, UsageError} from '../command.js';
import {openResults, pastRun, pastRunOptions, stageResult} from '../edge.js';
import {knownStage} from '../selection.js';
import {style} from '../view/style.js';
import {table} from '../view/table.js';

interface MetricChange {
  readonly name: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

interface ResultChange {
  /** `stage.port`. */
  readonly edge: string;
  /** Digest of the content; absent where a run has no such result. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export const command: Command = {
  name: 'diff',
  summary: 'Compares two runs: params, metrics, and which results differ; with --stage, value by value.',
  usage: 'diff RUN RUN [options]',
  options: {
    stage: {type: 'string', value: 'STAGE', description: 'compare the tensors of this stage'},
    json: {type: 'boolean', description: 'print the differences as JSON'},
    ...pastRunOptions,
  },
  examples: ['pipeline diff 20261123-174800-small latest', 'pipeline diff 20261123-174800-small latest --stage codes'],
  run: async (invocation) => {
    const [first, second, third] = invocation.positionals;
    if (first === undefined || second === undefined || third !== undefined)
      throw new UsageError(
        `Expected two runs, got ${invocation.positionals.length}`,
        'Such as: pipeline diff 20261123-174800-small latest. `pipeline runs` lists them.',
      );
    const runs = [await pastRun(invocation, first), await pastRun(invocation, second)] as const;
    const [before, after] = runs.map(({events}) => summarise(events)) as [RunSummary, RunSummary];
    const stage = text(invocation, 'stage');
    if (stage !== undefined) await stageOfEither(stage, before, after);
    const ofStage = (name: string): boolean => stage === undefined || name.startsWith(`${stage}.`);
    const found = {
      runs: runs.map(({id}) => id),
      params: differences(before.started.recipe.params, after.started.recipe.params),
      stages: differences(paramsOf(before), paramsOf(after)).filter(({path}) => ofStage(path)),
      metrics: metricChanges(before, after).filter(({name}) => ofStage(name)),
      results: resultChanges(before, after).filter(({edge}) => ofStage(edge)),
      ...(stage !== undefined && {tensors: await tensorsOf(runs, stage, invocation)}),
    };
    process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(found)}\n` : describe(found));
    return 0;
  },
};

async function stageOfEither(stage: string, ...runs: readonly RunSummary[]): Promise<void> {
  const names = [...new Set(runs.flatMap(({stages}) => stages.map(({name}) => name)))];
  await knownStage(stage, names, 'the runs');
}

/** Node type, seed and params of every stage. */
const paramsOf = ({started}: RunSummary): Readonly<Record<string, unknown>> =>
  Object.fromEntries([
    ['seed', started.recipe.seed],
    ...started.stages.map((stage) => [stage.name, {use: stage.use, ...stage.with}] as const),
  ]);

function metricChanges(before: RunSummary, after: RunSummary): readonly MetricChange[] {
  const [left, right] = [lastMetrics(before.stages), lastMetrics(after.stages)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .map((name) => ({name, before: left[name], after: right[name]}))
    .filter((change) => !Object.is(change.before, change.after));
}

function resultChanges(before: RunSummary, after: RunSummary): readonly ResultChange[] {
  const [left, right] = [digestsOf(before), digestsOf(after)];
  return [...new Set([...left.keys(), ...right.keys()])].map((edge) => ({edge, before: left.get(edge), after: right.get(edge)}));
}

const digestsOf = ({stages}: RunSummary): ReadonlyMap<string, string> =>
  new Map(
    stages.flatMap(({name, outputs}) =>
      Object.entries(outputs).map(([port, {digest}]) => [`${name}.${port}`, digest as string] as const),
    ),
  );

async function tensorsOf([before, after]: readonly [PastRun, PastRun], stage: string, invocation: Invocation) {
  const {compareRecords} = await import('../../history/compare-results.js');
  const results = await openResults(invocation);
  const records = [await stageResult(before, stage, results), await stageResult(after, stage, results)] as const;
  return await compareRecords(...records, results.store, results.store);
}

interface Found {
  readonly runs: readonly string[];
  readonly params: readonly Difference[];
  readonly stages: readonly Difference[];
  readonly metrics: readonly MetricChange[];
  readonly results: readonly ResultChange[];
  readonly tensors?: readonly TensorChange[];
}

function describe({runs, params, stages, metrics, results, tensors}: Found): string {
  const section = (title: string, body: string): string => (body === '' ? '' : `\n${style.bold(title)}\n${body}`);
  const changes = (list: readonly Difference[]): string =>
    list.length === 0
      ? ''
      : table(
          ['', ''],
          list.map((each) => [`  ${each.path}`, `${show(each.before)} → ${show(each.after)}`]),
        );
  const differing = results.filter(({before, after}) => before !== after);
  return [
    `${style.dim('before')} ${runs[0]}\n${style.dim('after ')} ${runs[1]}\n`,
    section('params', withoutHeader(changes(params))),
    section('stages', withoutHeader(changes(stages))),
    section(
      'metrics',
      metrics.length === 0
        ? ''
        : table(
            ['  metric', 'before', 'after', 'change'],
            metrics.map(({name, before, after}) => [`  ${name}`, figure(before), figure(after), relativeChange(before, after)]),
          ),
    ),
    section(
      'results',
      `${withoutHeader(
        table(
          ['', ''],
          differing.map((each) => [`  ${each.edge}`, digestChange(each)]),
        ),
      )}  ${results.length - differing.length} of ${results.length} are the same\n`,
    ),
    tensors ? section('values', describeTensors(tensors)) : '',
  ].join('');
}

const withoutHeader = (text: string): string => text.slice(text.indexOf('\n') + 1);
const figure = (value: number | undefined): string => (value === undefined ? '-' : formatFigure(value));
const show = (value: unknown): string => {
  const written = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return written.length > 32 ? `${written.slice(0, 31)}…` : written;
};

function relativeChange(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined || before === 0) return '';
  const percent = (100 * (after - before)) / Math.abs(before);
  return `${percent > 0 ? '+' : ''}${Number(percent.toPrecision(2))} %`;
}

function digestChange({before, after}: ResultChange): string {
  if (before === undefined) return style.green('only after');
  if (after === undefined) return style.red('only before');
  return `${style.yellow('differs')} ${style.dim(`${before.slice(0, 8)} → ${after.slice(0, 8)}`)}`;
}

/** A table: a tensor a row. */
export function describeTensors(tensors: readonly TensorChange[]): string {
  const rows = tensors.map(({name, comparison}) => [`  ${name}`, ...describeComparison(comparison)]);
  return table(['  of', 'differ', 'largest', 'first at', ''], rows);
}

/** "120 of 400", "0.012", "[3, 1]", "0.1 → 0.2" */
function describeComparison(comparison: Comparison): readonly string[] {
  if (comparison.same) return [style.green('same')];
  if ('unlike' in comparison) return [`${comparison.unlike[0]} → ${comparison.unlike[1]}`];
  const {differing, count, largest, first, before, after} = comparison;
  const share = `${differing} of ${count}`;
  return [share, formatFigure(largest), `[${first.join(', ')}]`, `${formatFigure(before)} → ${formatFigure(after)}`];
}
