import {writeFile} from 'node:fs/promises';
import {type ComparedRow, type Comparison, compareRuns, deltaOf} from '../../history/comparison.js';
import type {Results} from '../../history/results.js';
import {summarise} from '../../history/run-state.js';
import {formatFigure, formatSeconds} from '../../util/format.js';
import {type Command, flag, text, UsageError} from '../command.js';
import {openResults, orRunAgain, pastRun, pastRunOptions} from '../edge.js';
import {style} from '../view/style.js';
import {table} from '../view/table.js';

export const command: Command = {
  name: 'compare',
  summary:
    'Sets runs against each other, also of several recipes: params that differ, metrics against the first run; as a page, more.',
  usage: 'compare RUN RUN... [options]',
  options: {
    html: {
      type: 'string',
      value: 'FILE',
      description:
        'write a page: curves overlaid, pictures side by side, and of classifiers matrices, classes and worst mistakes',
    },
    json: {type: 'boolean', description: 'print the comparison as JSON'},
    ...pastRunOptions,
  },
  examples: [
    'pipeline compare 20261123-174800-small latest',
    'pipeline compare 20261123-174800-fashion-mlp 20261123-190210-fashion-lenet5 --html compare.html',
  ],
  run: async (invocation) => {
    const {positionals, values} = invocation;
    if (positionals.length < 2)
      throw new UsageError(
        `Expected two runs or more, got ${positionals.length}`,
        'Such as: pipeline compare 20261123-174800-small latest. `pipeline runs` lists them.',
      );
    const found = await Promise.all(positionals.map((reference) => pastRun(invocation, reference)));
    const twice = found.find(({id}, at) => found.findIndex((other) => other.id === id) !== at);
    if (twice) throw new UsageError(`Expected each run once, got \`${twice.id}\` twice`);
    const comparison = compareRuns(found.map(({id, events}) => ({id, run: summarise(events)})));
    const file = text(invocation, 'html');
    if (file !== undefined) await writePage(file, comparison, await openResults(invocation));
    process.stdout.write(flag({values}, 'json') ? `${JSON.stringify(asJson(comparison))}\n` : describe(comparison));
    if (file !== undefined && values['json'] !== true) process.stdout.write(`\nwrote ${file}\n`);
    return 0;
  },
};

async function writePage(file: string, comparison: Comparison, results: Results): Promise<void> {
  const {comparisonPage} = await import('../../report/comparison-page.js');
  const page = await orRunAgain(comparisonPage(comparison, results));
  await writeFile(file, page).catch(({code}: NodeJS.ErrnoException) => {
    throw new UsageError(`Expected \`${file}\` to be a place to write to, got ${code}`);
  });
}

/** `{runs: [{id, recipe, seconds}], params: [{name, values}], metrics: [{name, values}]}`, a value a run, null where a run has none. */
function asJson({runs, params, metrics}: Comparison): object {
  const rows = (given: readonly ComparedRow<unknown>[]) =>
    given.map(({name, values}) => ({name, values: values.map((value) => value ?? null)}));
  return {
    runs: runs.map(({id, run}) => ({id, recipe: run.started.recipe.name, seconds: run.finished?.seconds ?? null})),
    params: rows(params),
    metrics: rows(metrics),
  };
}

function describe({runs, params, metrics}: Comparison): string {
  const labels = runs.map(({label}) => label);
  const took = runs.map(({run: {finished}}) => (finished ? formatSeconds(finished.seconds) : 'unfinished'));
  const about = table(
    ['  ', ...labels],
    [
      [`  ${style.dim('run')}`, ...runs.map(({id}) => id)],
      [`  ${style.dim('took')}`, ...took],
    ],
  );
  const section = (title: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? '' : `\n${table([`  ${title}`, ...labels], rows)}`;
  return [
    about,
    section(
      'param that differs',
      params.map(({name, values}) => [`  ${name}`, ...values.map(showParam)]),
    ),
    section(
      'metric',
      metrics.map(({name, values}) => [`  ${name}`, ...values.map((value) => showMetric(value, values[0]))]),
    ),
  ].join('');
}

const longest = 32;

function showParam(value: unknown): string {
  if (value === undefined) return style.dim('-');
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return written.length > longest ? `${written.slice(0, longest - 1)}…` : written;
}

function showMetric(value: number | undefined, first: number | undefined): string {
  if (value === undefined) return style.dim('-');
  const delta = deltaOf(value, first);
  return delta === undefined ? formatFigure(value) : `${formatFigure(value)} ${style.dim(signed(delta))}`;
}

const signed = (delta: number): string => `${delta > 0 ? '+' : '-'}${formatFigure(Math.abs(delta))}`;
