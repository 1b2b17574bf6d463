import type {RunEvent} from '../../core/events.js';
import {pictureFile} from '../../history/run-folder.js';
import {formatBytes, formatFigure} from '../../util/format.js';

/** The lines that `--verbose` adds for an event. */
export function verboseLines(event: RunEvent): readonly string[] {
  switch (event.type) {
    case 'stage-metrics': {
      const figures = Object.entries(event.values).map(([name, value]) => `${name} ${formatFigure(value)}`);
      return [`step ${event.step}  ${figures.join('  ')}`];
    }
    case 'stage-picture':
      return [`${event.name} at step ${event.step}: ${pictureFile(event)}`];
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
