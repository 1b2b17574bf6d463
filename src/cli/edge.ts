import type {StageOutput} from '../core/events.js';
import {BlobFault, type StageRecord, type StoredOutput} from '../core/store.js';
import {findRun, type PastRun} from '../history/past-run.js';
import {Results} from '../history/results.js';
import {stageResults} from '../history/run-state.js';
import {openStore} from '../stores/open.js';
import {type Invocation, type Option, runsFolder, text, UsageError} from './command.js';
import {recipeOptions, storeFolder} from './project.js';
import {knownStage} from './selection.js';

/** Options of the verbs that look at results of a past run. */
export const pastRunOptions = {
  runs: {type: 'string', value: 'FOLDER', default: 'runs', description: 'folder of the runs (default: runs)'},
  store: recipeOptions.store,
} satisfies Readonly<Record<string, Option>>;

/** The run that a command line names; a `UsageError` when there is no such, or several. */
export async function pastRun(invocation: Invocation, reference: string): Promise<PastRun> {
  const runs = runsFolder(invocation);
  const found = await findRun(runs, reference);
  switch (found.status) {
    case 'found':
      return found.run;
    case 'several':
      throw new UsageError(
        `Expected one run, got \`${reference}\`, with which ${found.names.length} begin`,
        `Such as \`${found.names.at(-1)}\`.`,
      );
    case 'none': {
      const {suggest} = await import('../recipe/wording.js');
      throw new UsageError(
        `Expected a run of \`${runs}\`, got \`${reference}\``,
        suggest(reference, found.names.slice(-10), 'The last are'),
      );
    }
    default:
      return found satisfies never;
  }
}

/** The reader of results in the store of a command line. */
export const openResults = async (invocation: Invocation): Promise<Results> =>
  new Results(await openStore(storeFolder(invocation)));

/** Waits for results that are read; a `UsageError` when the store no longer has them. */
export async function orRunAgain<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof BlobFault)) throw error;
    throw new UsageError(error.message, 'Run the recipe again, or name the store with --store.');
  }
}

interface StageResult {
  readonly run: PastRun;
  readonly results: Results;
  readonly stage: string;
  readonly record: StageRecord;
}

/** Outputs of a past run's stage that a command line names: `aae` or `aae.encoder`. */
export interface Edges extends StageResult {
  readonly outputs: readonly (readonly [port: string, output: StoredOutput])[];
  /** True when the port was named. */
  readonly named: boolean;
}

/** The record of a past run's stage, from the store; a `UsageError` when there is none. */
export async function stageResult(run: PastRun, stage: string, results: Results): Promise<StageRecord> {
  const found = await results.record(run, stage);
  switch (found.status) {
    case 'found':
      return found.record;
    case 'no such stage':
      await knownStage(stage, found.stages, `\`${run.id}\` that has a result`);
      throw new Error(`${stage} has a result`);
    case 'gone':
      throw new UsageError(
        `Expected the result of \`${stage}\` in the store, got ${found.fault}`,
        `Run it again: pipeline reproduce ${run.id}, or name the store with --store.`,
      );
    default:
      return found satisfies never;
  }
}

/** Every output of a run's stages that meets a condition, in the order of the run. */
export const outputsOf = (run: PastRun, wanted: (output: StageOutput, port: string) => boolean) =>
  [...stageResults(run.events).values()].flatMap(({stage, key, outputs}) =>
    Object.entries(outputs).flatMap(([port, output]) => (wanted(output, port) ? [{stage, key, port, output}] : [])),
  );

/** The results that `reference` names in the run of `--run`: a stage, or one output of it. */
export async function findEdges(invocation: Invocation, reference: string): Promise<Edges> {
  const run = await pastRun(invocation, text(invocation, 'run') ?? 'latest');
  const results = await openResults(invocation);
  const dot = reference.lastIndexOf('.');
  const named = !stageResults(run.events).has(reference) && dot > 0;
  const stage = named ? reference.slice(0, dot) : reference;
  const record = await stageResult(run, stage, results);
  const all = Object.entries(record.outputs);
  if (!named) return {run, results, stage, record, outputs: all, named};
  const port = reference.slice(dot + 1);
  const outputs = all.filter(([name]) => name === port);
  if (outputs.length === 0) {
    const {suggest, quote} = await import('../recipe/wording.js');
    const ports = all.map(([name]) => name);
    throw new UsageError(`Expected an output of \`${stage}\`, got ${quote(port)}`, suggest(port, ports, 'There are'));
  }
  return {run, results, stage, record, outputs, named};
}
