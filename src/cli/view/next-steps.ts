import {join} from 'node:path';
import type {Outcome} from '../../core/events.js';

/** Next steps after a run that did not end well: a word, and a path or a command with what it is for. */
export function nextSteps(
  outcome: Outcome,
  failed: readonly string[],
  folder: string,
): readonly (readonly [word: string, what: string, why: string])[] {
  const [first] = failed;
  switch (outcome) {
    case 'failed':
      return [
        ['log', join(folder, 'events.ndjson'), 'with the stack and the last lines of the process'],
        ...(first === undefined ? [] : ([['next', `pipeline why ${first}`, 'what has changed since it last ran']] as const)),
        ['', 'pipeline resume', 'goes on when it is mended; what is done stays'],
      ];
    case 'interrupted':
      return [['next', 'pipeline resume', 'resumes from the checkpoints']];
    case 'check-failed':
      return [['next', 'pipeline runs', 'runs by their params and metrics']];
    case 'done':
      return [];
    default:
      return outcome satisfies never;
  }
}
