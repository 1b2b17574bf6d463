import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {type RunSummary, summarise} from '../report/run-summary.js';
import {readJournal} from '../tracking/journal.js';

/** A past run in short. */
export interface ListedRun {
  readonly id: string;
  readonly recipe: string;
  /** `unfinished`: still running, or killed. */
  readonly status: 'done' | 'failed' | 'interrupted' | 'check-failed' | 'unfinished';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly seconds: number | undefined;
  readonly stages: {readonly total: number; readonly done: number; readonly cached: number};
  readonly params: Readonly<Record<string, unknown>>;
  /** Last value of each metric, by `stage.metric`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Every run of a folder whose journal reads, oldest first. */
export async function listRuns(folder: string): Promise<readonly ListedRun[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const listed = await Promise.all(names.map((name) => readRun(join(folder, name), name)));
  return listed.filter((run) => run !== undefined).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

async function readRun(folder: string, id: string): Promise<ListedRun | undefined> {
  try {
    return summariseRun(id, summarise(await readJournal(join(folder, 'events.ndjson'))));
  } catch {
    // not the folder of a run
    return undefined;
  }
}

function summariseRun(id: string, {started, finished, stages}: RunSummary): ListedRun {
  const count = (result: string): number => stages.filter((stage) => stage.result === result).length;
  return {
    id,
    recipe: started.recipe.name,
    status: finished?.outcome ?? 'unfinished',
    at: started.time,
    seconds: finished?.seconds,
    stages: {total: stages.length, done: count('done'), cached: count('cached')},
    params: started.recipe.params,
    metrics: lastMetrics(stages),
  };
}

/** Last value of each metric, by `stage.metric`. */
export function lastMetrics(stages: RunSummary['stages']): Record<string, number> {
  return Object.fromEntries(
    stages.flatMap(({name, metrics}) =>
      metrics.flatMap(({values}) => Object.entries(values).map(([metric, value]) => [`${name}.${metric}`, value] as const)),
    ),
  );
}
