import {readdir, realpath} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {UsageError} from '../cli/command.js';
import type {RunEvent} from '../core/events.js';
import {readJournal} from './journal.js';

export interface PastRun {
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  readonly events: readonly RunEvent[];
}

/** A run by its name, by the beginning of it where that is enough, by its folder, or `latest`; a `UsageError` when there is no such. */
export async function findRun(runs: string, reference: string): Promise<PastRun> {
  const names = (await readdir(runs).catch(() => [])).filter((name) => name !== 'latest').sort();
  const begun = names.filter((name) => name.startsWith(reference));
  const path = names.includes(reference) || reference === 'latest' ? join(runs, reference) : begun[0] && join(runs, begun[0]);
  if (begun.length > 1 && !names.includes(reference))
    throw new UsageError(
      `Expected one run, got \`${reference}\`, with which ${begun.length} begin`,
      `Such as \`${begun.at(-1)}\`.`,
    );
  const folder = await realpath(path ?? reference).catch(() => undefined);
  const events = folder && (await readJournal(join(folder, 'events.ndjson')).catch(() => undefined));
  if (folder && events) return {id: basename(folder), folder, events};
  const {suggest} = await import('../recipe/wording.js');
  throw new UsageError(
    `Expected a run of \`${runs}\`, got \`${reference}\``,
    suggest(reference, names.slice(-10), 'The last are'),
  );
}
