import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {RunEvent, RunStarted} from '../../core/events.js';

/** How many of a stage's metrics its row shows. */
const mostMetrics = 3;
const mostParams = 3;
const longestName = 80;

/** Name of a run that people can tell from others of its experiment: its first params, and when it began, as its folder says. */
export function runName({runId, recipe}: RunStarted): string {
  const params = Object.entries(recipe.params)
    .filter(([, value]) => ['number', 'string', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name}=${value} `);
  const shown = params
    .slice(0, mostParams)
    .reduce((all, param) => (all.length + param.length > longestName ? all : all + param), '');
  return `${shown}${runId.replace(`-${recipe.name}`, '')}`;
}

/** A run in Markdown: what the recipe says of itself, and its stages with what each takes and what became of it. */
export function describeRun(started: RunStarted, events: readonly RunEvent[]): string {
  const results = new Map<string, string>();
  const metrics = new Map<string, Map<string, number>>();
  const report = (stage: string, values: Readonly<Record<string, number>>): void => {
    const known = metrics.get(stage) ?? new Map<string, number>();
    for (const [name, value] of Object.entries(values)) known.set(name, value);
    metrics.set(stage, known);
  };
  for (const event of events) {
    if (event.type === 'stage-metrics') report(event.stage, event.values);
    if (event.type === 'stage-cached') {
      results.set(event.stage, 'cached');
      for (const {values} of event.metrics) report(event.stage, values);
    }
    if (event.type === 'stage-finished') results.set(event.stage, `${event.seconds.toFixed(1)} s`);
    if (event.type === 'stage-failed') results.set(event.stage, '**failed**');
    if (event.type === 'stage-skipped') results.set(event.stage, `skipped: ${event.because} failed`);
  }
  const rows = started.stages.map(({name, use, after}) => {
    const last = [...(metrics.get(name) ?? [])].slice(0, mostMetrics).map(([metric, value]) => `${metric} ${rounded(value)}`);
    return row([
      `**${name}**`,
      `\`${use}\``,
      after.map((stage) => `${stage} →`).join(' '),
      results.get(name) ?? '',
      last.join(', '),
    ]);
  });
  return [
    ...introduction(started),
    row(['stage', 'node type', 'takes', 'result', 'last metrics']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
    '',
    'The whole report is `report.html` among the artifacts.',
  ].join('\n');
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

const rounded = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(4));

/** The first paragraph of the comment at the head of the recipe: what it is for. More would push the stages out of sight. */
function introduction({folder, recipe, runId}: RunStarted): readonly string[] {
  let text: string;
  try {
    text = readFileSync(join(folder, 'recipe.yaml'), 'utf8');
  } catch {
    // sent from another machine, say; the table says what it can
    text = '';
  }
  const comment = text.split('\n').filter((line) => !line.includes('yaml-language-server'));
  const begins = comment.findIndex((line) => /^# ?\S/.test(line));
  const paragraph = comment.slice(Math.max(begins, 0));
  const ends = paragraph.findIndex((line) => !/^# ?\S/.test(line));
  const lines = paragraph.slice(0, Math.max(ends, 0)).map((line) => line.replace(/^# ?/, ''));
  return [...lines, ...(lines.length > 0 ? [''] : []), `Recipe \`${recipe.path}\`, folder \`${runId}\``, ''];
}
