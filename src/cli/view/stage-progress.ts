import type {StageState} from '../../history/run-state.js';
import {formatFigure, formatSeconds} from '../../util/format.js';
import {style} from './style.js';

/** "███░░░  43 %", "3 min 05 s left", "5.1 step/s", "epoch 12", "reconstructionLoss 0.1123": how far a running stage is, in pieces. */
export function progressPieces({progress, first, began}: StageState, now: number, barWidth: number): readonly string[] {
  if (!progress || !first) return [style.dim(formatSeconds(Math.max(0, now - began) / 1000))];
  const share = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
  const rate = (progress.done - first.done) / Math.max((progress.time - first.time) / 1000, 1e-9);
  const moving = share < 1 && rate > 0 && progress.time > first.time;
  return [
    `${bar(share, barWidth)} ${`${Math.floor(share * 100)} %`.padStart(5)}`,
    ...(moving
      ? [
          `${formatSeconds((progress.total - progress.done) / rate)} left`,
          `${formatFigure(Number(rate.toPrecision(2)))} ${progress.unit}/s`,
        ]
      : []),
    // padded, so that a digit more or less moves nothing
    ...Object.entries(progress.figures).map(
      ([name, value]) => `${style.dim(name)} ${Number.isInteger(value) ? value : formatFigure(value).padEnd(6)}`,
    ),
  ];
}

/** Filled by eighths of a column. */
function bar(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  const part = eighths % 8 === 0 ? '' : (' ▏▎▍▌▋▊▉'[eighths % 8] ?? '');
  const filled = `${'█'.repeat(Math.floor(eighths / 8))}${part}`;
  return style.cyan(filled) + style.dim('░'.repeat(width - filled.length));
}
