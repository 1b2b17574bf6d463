import type {Digest} from '../core/digest.js';
import type {StageRecord, Store, StoredOutput} from '../core/store.js';
import {findRun, type PastRun} from '../history/past-run.js';
import {openLocalStore} from '../stores/folder/store.js';
import {type Invocation, type Option, text, UsageError} from './command.js';
import {recipeOptions, storeFolder} from './project.js';
import {knownStage} from './selection.js';

/** Options of the verbs that look at results of a past run. */
export const pastRunOptions = {
  runs: {type: 'string', value: 'FOLDER', default: 'runs', description: 'folder of the runs (default: runs)'},
  store: recipeOptions.store,
} satisfies Readonly<Record<string, Option>>;

export interface StageResult {
  readonly run: PastRun;
  readonly store: Store;
  readonly stage: string;
  readonly record: StageRecord;
}

/** Outputs of a past run's stage that a command line names: `aae` or `aae.encoder`. */
export interface Edges extends StageResult {
  readonly outputs: readonly (readonly [port: string, output: StoredOutput])[];
  /** Whether the port was named. */
  readonly named: boolean;
}

/** Keys of the results of a run, by stage. */
export const resultKeys = (run: PastRun): ReadonlyMap<string, Digest> =>
  new Map(
    run.events.flatMap((event) =>
      event.type === 'stage-finished' || event.type === 'stage-cached' ? [[event.stage, event.key] as const] : [],
    ),
  );

/** The record of a past run's stage, from the store; a `UsageError` when there is none. */
export async function stageResult(run: PastRun, stage: string, store: Store): Promise<StageRecord> {
  const keys = resultKeys(run);
  await knownStage(stage, [...keys.keys()], `\`${run.id}\` that has a result`);
  const found = await store.lookup(keys.get(stage) as Digest);
  if (found.status === 'hit') return found.record;
  throw new UsageError(
    `Expected the result of \`${stage}\` in the store, got ${found.fault ?? 'none'}`,
    `Run it again: pipeline reproduce ${run.id}, or name the store with --store.`,
  );
}

/** What `reference` names in the run of `--run`: a stage, or one output of it. */
export async function findEdges(invocation: Invocation, reference: string): Promise<Edges> {
  const run = await findRun(text(invocation, 'runs') ?? 'runs', text(invocation, 'run') ?? 'latest');
  const store = await openLocalStore(storeFolder(invocation));
  const keys = resultKeys(run);
  const dot = reference.lastIndexOf('.');
  const named = !keys.has(reference) && dot > 0;
  const stage = named ? reference.slice(0, dot) : reference;
  const record = await stageResult(run, stage, store);
  const all = Object.entries(record.outputs);
  if (!named) return {run, store, stage, record, outputs: all, named};
  const port = reference.slice(dot + 1);
  const outputs = all.filter(([name]) => name === port);
  if (outputs.length === 0) {
    const {suggest, quote} = await import('../recipe/wording.js');
    const ports = all.map(([name]) => name);
    throw new UsageError(`Expected an output of \`${stage}\`, got ${quote(port)}`, suggest(port, ports, 'There are'));
  }
  return {run, store, stage, record, outputs, named};
}
