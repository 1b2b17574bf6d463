import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Outcome} from '../core/events.js';
import {isRunning} from '../util/process-name.js';
import {readJournal} from './journal.js';
import {lastMetrics, type RunSummary, summarise} from './run-state.js';

/** State of a run: `running` while its process lives, `unfinished` when that ended without saying how, as when killed. */
export const runStatuses = [
  'done',
  'failed',
  'interrupted',
  'check-failed',
  'running',
  'unfinished',
] as const satisfies readonly (Outcome | 'running' | 'unfinished')[];

/** A run in short. */
export interface ListedRun {
  readonly id: string;
  readonly recipe: string;
  readonly status: (typeof runStatuses)[number];
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly seconds: number | undefined;
  readonly stages: {
    readonly total: number;
    readonly done: number;
    readonly cached: number;
    /** Names of those at work. */
    readonly running: readonly string[];
  };
  readonly params: Readonly<Record<string, unknown>>;
  /** Last value of each metric, by `stage.metric`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Runs as they were read, each with its journal's size and time: one that has not changed need not be read again. */
export type RunMemo = Map<string, {readonly version: string; readonly summary: RunSummary}>;

/** Every run of a folder whose journal reads, oldest first. */
export async function listRuns(folder: string, memo: RunMemo = new Map()): Promise<readonly ListedRun[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const listed = await Promise.all(names.map((name) => readRun(join(folder, name), name, memo)));
  return listed.filter((run) => run !== undefined).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

async function readRun(folder: string, id: string, memo: RunMemo): Promise<ListedRun | undefined> {
  const path = join(folder, 'events.ndjson');
  try {
    const {size, mtimeMs} = await stat(path);
    const version = `${size} ${mtimeMs}`;
    const known = memo.get(id);
    const summary = known?.version === version ? known.summary : summarise(await readJournal(path));
    memo.set(id, {version, summary});
    const {started, finished} = summary;
    const lives = !finished && started.process !== undefined && (await isRunning(started.process, mtimeMs));
    return summariseRun(id, summary, lives);
  } catch {
    // not the folder of a run
    return undefined;
  }
}

function summariseRun(id: string, {started, finished, stages}: RunSummary, lives: boolean): ListedRun {
  const of = (result: string): readonly string[] => stages.filter((stage) => stage.result === result).map(({name}) => name);
  return {
    id,
    recipe: started.recipe.name,
    status: finished?.outcome ?? (lives ? 'running' : 'unfinished'),
    at: started.time,
    seconds: finished?.seconds,
    stages: {
      total: stages.length,
      done: of('done').length,
      cached: of('cached').length,
      running: lives ? of('running') : [],
    },
    params: started.recipe.params,
    metrics: lastMetrics(stages),
  };
}
