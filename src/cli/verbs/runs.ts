import {type ListedRun, listRuns, runStatuses} from '../../history/run-list.js';
import {formatFigure, formatSeconds} from '../../util/format.js';
import {type Command, flag, type Invocation, runsFolder, text, texts, UsageError, wholeNumber} from '../command.js';
import {style} from '../view/style.js';
import {formatTime, table} from '../view/table.js';

export const command: Command = {
  name: 'runs',
  summary: 'Lists past runs, newest last. Names are of params (`epochs`) and metrics (`score.accuracy`).',
  usage: 'runs [options]',
  options: {
    recipe: {type: 'string', value: 'NAME', description: 'only runs of this recipe'},
    status: {type: 'string', value: 'STATUS', choices: runStatuses, description: `only ${runStatuses.join(', ')}`},
    where: {type: 'string', multiple: true, value: 'TEST', description: 'only where it holds, such as "epochs>=5" (repeatable)'},
    sort: {type: 'string', value: 'NAME', description: 'by a param or a metric, smallest first; NAME:desc turns it around'},
    show: {type: 'string', multiple: true, value: 'NAME', description: 'a column for a param or a metric (repeatable)'},
    limit: {type: 'string', short: 'n', value: 'N', description: 'only the last N'},
    runs: {type: 'string', value: 'FOLDER', default: 'runs', description: 'folder of the runs (default: runs)'},
    json: {type: 'boolean', description: 'print the list as JSON'},
  },
  examples: [
    'pipeline runs --recipe aae-supervised --status done',
    'pipeline runs --where "epochs>=5" --sort score.reconstructionMSE',
    'pipeline runs --show epochs --show score.reconstructionMSE -n 10',
  ],
  run: async (invocation) => {
    if (invocation.positionals.length > 0)
      throw new UsageError(`Expected no argument, got \`${invocation.positionals[0]}\``, 'Such as: pipeline runs --status done');
    const limit = wholeNumber(invocation, 'limit', 1);
    const all = await listRuns(runsFolder(invocation));
    const filtered = await filterRuns(all, invocation);
    const runs = limit === undefined ? filtered.runs : filtered.runs.slice(-limit);
    process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(runs)}\n` : describe(runs, all.length, filtered.columns));
    return 0;
  },
};

async function filterRuns(all: readonly ListedRun[], invocation: Invocation) {
  const [recipe, status] = [text(invocation, 'recipe'), text(invocation, 'status')];
  await mustBe('a recipe that has run', recipe, [...new Set(all.map((run) => run.recipe))]);
  await mustBe('a status', status, runStatuses);
  const tests = texts(invocation, 'where').map(parseTest);
  const [sort, order] = text(invocation, 'sort')?.split(':') ?? [];
  if (order !== undefined && order !== 'desc' && order !== 'asc')
    throw new UsageError(`Expected --sort NAME:asc or NAME:desc, got \`:${order}\``);
  const columns = [...new Set([...texts(invocation, 'show'), ...tests.map(({name}) => name), ...(sort ? [sort] : [])])];
  const names = [...new Set(all.flatMap((run) => [...Object.keys(run.params), ...Object.keys(run.metrics)]))];
  if (all.length > 0) for (const column of columns) await mustBe('a param or a metric of a run', column, names);
  const runs = all.filter(
    (run) =>
      (recipe === undefined || run.recipe === recipe) &&
      (status === undefined || run.status === status) &&
      tests.every(({name, holds}) => holds(figureOf(run, name))),
  );
  return {runs: sort ? sorted(runs, sort, order === 'desc') : runs, columns};
}

async function mustBe(what: string, value: string | undefined, known: readonly string[]): Promise<void> {
  if (value === undefined || known.includes(value)) return;
  const {suggest, quote} = await import('../../recipe/wording.js');
  throw new UsageError(`Expected ${what}, got ${quote(value)}`, suggest(value, known, 'There are'));
}

const figureOf = ({params, metrics}: ListedRun, name: string): unknown => (name in metrics ? metrics[name] : params[name]);

const comparisons: Readonly<Record<string, (difference: number) => boolean>> = {
  '>=': (difference) => difference >= 0,
  '<=': (difference) => difference <= 0,
  '!=': (difference) => difference !== 0,
  '==': (difference) => difference === 0,
  '=': (difference) => difference === 0,
  '>': (difference) => difference > 0,
  '<': (difference) => difference < 0,
};

/** `epochs>=5`: a name, a comparison, a value. A run that lacks the name does not hold. */
function parseTest(test: string): {readonly name: string; readonly holds: (value: unknown) => boolean} {
  const [, name, operator = '', value = ''] = /^\s*([^\s<>=!]+)\s*(>=|<=|!=|==|=|>|<)\s*(.+?)\s*$/.exec(test) ?? [];
  const compare = comparisons[operator];
  if (name === undefined || !compare)
    throw new UsageError(
      `Expected --where to be NAME, a comparison and a value, got \`${test}\``,
      'Such as: --where "epochs>=5"',
    );
  return {name, holds: (found) => found !== undefined && compare(difference(found, value))};
}

/** Order of two values: numbers by size, anything else by its text. */
function difference(left: unknown, right: unknown): number {
  const [a, b] = [Number(left), Number(right)];
  if (typeof left !== 'boolean' && String(right) !== '' && !Number.isNaN(a - b)) return a - b;
  const [one, other] = [String(left), String(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Runs that lack the name come first, where they are out of sight. */
function sorted(runs: readonly ListedRun[], name: string, down: boolean): readonly ListedRun[] {
  const has = (run: ListedRun): boolean => figureOf(run, name) !== undefined;
  const known = runs.filter(has).sort((a, b) => difference(figureOf(a, name), figureOf(b, name)) * (down ? -1 : 1));
  return [...runs.filter((run) => !has(run)), ...known];
}

const colours = {
  done: style.green,
  failed: style.red,
  interrupted: style.yellow,
  'check-failed': style.red,
  running: style.cyan,
  unfinished: style.yellow,
} satisfies Record<ListedRun['status'], (text: string) => string>;

function describe(runs: readonly ListedRun[], total: number, columns: readonly string[]): string {
  if (total === 0) return 'no runs yet\n';
  if (runs.length === 0) return `none of ${total} runs\n`;
  const rows = runs.map((run) => [
    run.id,
    colours[run.status](run.status),
    formatTime(run.at),
    run.seconds === undefined ? '' : formatSeconds(run.seconds),
    `${run.stages.done} ran, ${run.stages.cached} cached${run.stages.running.length > 0 ? `, at ${run.stages.running.join(', ')}` : ''}`,
    ...columns.map((name) => shown(figureOf(run, name))),
  ]);
  return table(['run', 'status', 'began', 'took', 'stages', ...columns], rows);
}

const shown = (value: unknown): string =>
  typeof value === 'number'
    ? formatFigure(value)
    : value === undefined
      ? ''
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
