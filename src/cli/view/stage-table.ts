import {newestFigures, type StageState} from '../../history/run-state.js';
import {formatBytes, formatFigure, formatSeconds} from '../../util/format.js';
import {counts, marks} from './live-frame.js';
import {table} from './table.js';
import {cutCells} from './text-width.js';

/** Rows that a table of a window that is lower still has. */
const fewestRows = 12;

/**
 * Outcome of every stage: time, peak memory, figures. Where the window is known, lines are cut to it, and where there are more stages
 * than it has lines, those that are cached are only counted.
 */
export function stageTable(
  stages: readonly StageState[],
  {columns, rows}: {readonly columns?: number; readonly rows?: number},
): string {
  const long = rows !== undefined && stages.length > Math.max(fewestRows, rows - 8);
  const shown = long ? stages.filter(({result}) => result !== 'cached') : stages;
  const lines = table(
    ['  stage', 'time', 'peak memory', 'figures'],
    shown.map((stage) => [
      `${marks[stage.result]} ${stage.name}`,
      stage.result === 'done' ? formatSeconds(stage.seconds ?? 0) : words[stage.result],
      stage.peakBytes === undefined ? '' : formatBytes(stage.peakBytes),
      Object.entries(newestFigures(stage))
        .slice(0, 4)
        .map(([name, value]) => `${name} ${formatFigure(value)}`)
        .join('  '),
    ]),
  ).split('\n');
  const cut = columns === undefined ? lines : lines.map((line) => cutCells(line, columns));
  return `${cut.join('\n')}${long ? `${counts(stages, ['cached'])}\n` : ''}`;
}

const words = {
  waiting: 'not run',
  running: 'stopped',
  done: 'done',
  cached: 'cached',
  failed: 'failed',
  skipped: 'skipped',
} satisfies Record<StageState['result'], string>;
