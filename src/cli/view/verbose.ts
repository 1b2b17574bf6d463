import {relative} from 'node:path';
import type {RunEvent} from '../../core/events.js';
import {formatBytes, formatFigure} from '../../util/format.js';

/** What `--verbose` tells of an event beside what is always told, a line each. */
export function verboseLines(event: RunEvent): readonly string[] {
  switch (event.type) {
    case 'stage-metrics': {
      const figures = Object.entries(event.values).map(([name, value]) => `${name} ${formatFigure(value)}`);
      return [`step ${event.step}  ${figures.join('  ')}`];
    }
    case 'stage-picture':
      return [`${event.name} at step ${event.step}: ${relative(process.cwd(), event.path)}`];
    case 'stage-cached':
    case 'stage-finished':
      return [
        `key ${event.key}`,
        ...Object.entries(event.outputs).map(([port, {kind, digest, files}]) => {
          const bytes = formatBytes(files.reduce((sum, file) => sum + file.bytes, 0));
          return `${port}  ${kind}, ${bytes}  ${digest}`;
        }),
      ];
    case 'stage-failed':
      return event.stack.split('\n').filter((line) => line.trim() !== '');
    default:
      return [];
  }
}
