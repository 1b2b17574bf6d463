import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {RunStarted} from '../../core/events.js';
import {lastValues, type RunSummary, type StageState} from '../../history/run-state.js';

/** Number of a stage's metrics that its row shows. */
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

/** A run in Markdown: what the recipe says of itself, and its stages with their inputs and how each ended. `folder` is that of the run. */
export function describeRun({started, stages}: Pick<RunSummary, 'started' | 'stages'>, folder: string): string {
  const rows = stages.map((stage) => {
    const {name, use, after} = stage;
    const last = Object.entries(lastValues(stage)).slice(0, mostMetrics);
    return row([
      `**${name}**`,
      `\`${use}\``,
      after.map((input) => `${input} →`).join(' '),
      resultOf(stage),
      last.map(([metric, value]) => `${metric} ${rounded(value)}`).join(', '),
    ]);
  });
  return [
    ...introduction(started, folder),
    row(['stage', 'node type', 'takes', 'result', 'last metrics']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
    '',
    'The whole report is `report.html` among the artifacts.',
  ].join('\n');
}

function resultOf({result, seconds, message}: StageState): string {
  switch (result) {
    case 'done':
      return `${(seconds ?? 0).toFixed(1)} s`;
    case 'cached':
      return 'cached';
    case 'failed':
      return '**failed**';
    case 'skipped':
      return `skipped: ${message}`;
    case 'waiting':
    case 'running':
      return '';
    default:
      return result satisfies never;
  }
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

const rounded = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(4));

/** The first paragraph of the comment at the head of the recipe: what it is for. More would push the stages out of sight. */
function introduction({recipe, runId}: RunStarted, folder: string): readonly string[] {
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
