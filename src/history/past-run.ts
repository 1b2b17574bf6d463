import {readdir, realpath} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {RunEvent} from '../core/events.js';
import {readJournal} from './journal.js';

export interface PastRun {
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  readonly events: readonly RunEvent[];
}

/** The one run that is meant; or the names of the several, or of all there are when it is none of them. */
type FoundRun =
  | {readonly status: 'found'; readonly run: PastRun}
  | {readonly status: 'several'; readonly names: readonly string[]}
  | {readonly status: 'none'; readonly names: readonly string[]};

/** Finds a run by its name, by the beginning of it where that is enough, by its folder, or as `latest`. Names come oldest first. */
export async function findRun(runs: string, reference: string): Promise<FoundRun> {
  const names = (await readdir(runs).catch(() => [])).filter((name) => name !== 'latest').sort();
  const begun = names.filter((name) => name.startsWith(reference));
  const isName = names.includes(reference) || reference === 'latest';
  if (begun.length > 1 && !isName) return {status: 'several', names: begun};
  const path = isName ? join(runs, reference) : begun[0] && join(runs, begun[0]);
  const folder = await realpath(path ?? reference).catch(() => undefined);
  const events = folder && (await readJournal(join(folder, 'events.ndjson')).catch(() => undefined));
  return folder && events ? {status: 'found', run: {id: basename(folder), folder, events}} : {status: 'none', names};
}
