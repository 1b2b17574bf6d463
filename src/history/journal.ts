import {closeSync, fsync, fsyncSync, openSync, writeSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import type {RunEvent, RunStarted, StageOutput} from '../core/events.js';
import type {Observer} from '../core/observer.js';
import {hasResult} from './run-state.js';

/** Events that are brought to the disk at once; metrics in between may wait for them. */
const durable = new Set<RunEvent['type']>(['run-started', 'stage-finished', 'stage-failed', 'run-finished']);

/**
 * Appends every event to a file as a line of JSON: the first record of what happened, which all others follow. Progress is left
 * out, since metrics say the same more precisely. A crash leaves at most a torn last line; a power cut, at most what came while the disk
 * was taking what came before.
 */
export function journal(path: string): Observer {
  const file = openSync(path, 'a');
  let syncing = false;
  let unsynced = false;
  let failure: Error | null = null;
  // the run does not wait for the disk, and events that come meanwhile share the next trip
  const sync = (): void => {
    unsynced = syncing;
    if (syncing) return;
    syncing = true;
    fsync(file, (error) => {
      failure ??= error;
      syncing = false;
      if (unsynced) sync();
    });
  };
  return {
    hear: (event) => {
      if (event.type === 'stage-progress') return;
      if (failure) throw failure;
      writeSync(file, eventLine(event));
      if (durable.has(event.type)) sync();
    },
    close: async () => {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

/** An event as a line of JSON, line break included. */
export const eventLine = (event: RunEvent): string => `${JSON.stringify(event, keepNonFinite)}\n`;

/** JSON has no NaN and no infinity: they are kept as words, and `readJournal` gives them back. */
const words: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function keepNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? {nonFinite: String(value)} : value;
}

function reviveNonFinite(_key: string, value: unknown): unknown {
  const word = (value as {nonFinite?: unknown} | null)?.nonFinite;
  return typeof word === 'string' && words.has(word) ? words.get(word) : value;
}

/** All whole events of a journal, those of earlier versions as events of now; a torn last line is left out. */
export async function readJournal(path: string): Promise<readonly RunEvent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  // after the last newline there is nothing, or a line that a crash cut off
  const events = lines.slice(0, -1).map((line) => JSON.parse(line, reviveNonFinite) as RunEvent);
  const [first] = events;
  return first?.type === 'run-started' && first.version !== current ? events.flatMap(upgrade) : events;
}

/** A value of `eventsVersion` without loading what that is made of. */
const current: RunStarted['version'] = 2;

/**
 * An event of version 1: paths go. A picture had nothing else, so it is left out. `run-started` stays to the letter, its folder included,
 * since MLflow knows a run by the digest of it.
 */
function upgrade(event: RunEvent): readonly RunEvent[] {
  if (event.type === 'stage-picture') return [];
  if (!hasResult(event)) return [event];
  const outputs = Object.entries(event.outputs).map(([port, output]) => [port, withoutPaths(output)] as const);
  return [{...event, outputs: Object.fromEntries(outputs)}];
}

const withoutPaths = ({files, ...output}: StageOutput): StageOutput => ({
  ...output,
  files: files.map(({name, digest, bytes}) => ({name, digest, bytes})),
});
