import {availableParallelism} from 'node:os';
import {type Invocation, UsageError} from '../cli/command.js';
import {onInterrupt, runStarted} from '../cli/verbs/run.js';
import {terminalView} from '../cli/view/terminal.js';
import type {Digest} from '../core/digest.js';
import type {Outcome, RunEvent} from '../core/events.js';
import type {Plan} from '../core/plan.js';
import {localExecutor} from '../executors/local/executor.js';
import {hasResult, stageResults} from '../history/run-state.js';
import {runPlan} from '../runner/run/run.js';
import {openStore} from '../stores/open.js';
import {gpuCount, locateTensorflow, tensorflowEnvironment} from '../tensor/setup/locate.js';

const graceMilliseconds = 10_000;

export interface CarriedOut {
  readonly outcome: Outcome;
  /** Key and digests of the outputs of every stage that has a result. */
  readonly results: ReadonlyMap<string, {readonly key: Digest; readonly digests: Readonly<Record<string, Digest>>}>;
}

/** Runs a plan on a store and shows it, without a folder of its own in `runs`: no report, no journal, no MLflow. */
export async function carryOut(plan: Plan, storeFolder: string, invocation: Invocation): Promise<CarriedOut> {
  const located = await locateTensorflow({cpu: invocation.values['cpu'] === true});
  if (located.status !== 'ready' && plan.stages.some(({fields}) => fields.numerics?.backend === 'tensorflow'))
    throw new UsageError('Expected TensorFlow to be ready, but it is not', 'Run `pipeline setup` first.');
  const view = terminalView({quiet: invocation.values['json'] === true});
  const executor = localExecutor({
    workerModule: new URL('../worker.js', import.meta.url),
    storeFolder,
    slots: availableParallelism(),
    gpus: gpuCount(located),
    environment: tensorflowEnvironment(located),
  });
  const cancellation = new AbortController();
  const restore = onInterrupt(cancellation, view.notice);
  const events: RunEvent[] = [];
  const emit = (event: RunEvent): void => {
    if (hasResult(event)) events.push(event);
    view.listener(event);
  };
  try {
    view.listener(await runStarted(plan, plan.recipe.name, Date.now()));
    const store = await openStore(storeFolder);
    const outcome = await runPlan(plan, {store, executor, emit, signal: cancellation.signal, graceMilliseconds});
    return {outcome, results: resultsOf(events)};
  } finally {
    view.close();
    restore();
    await executor.close();
  }
}

/** Key and digests of the outputs of every stage that has a result, from the events of a run. */
export const resultsOf = (events: readonly RunEvent[]): CarriedOut['results'] =>
  new Map(
    [...stageResults(events)].map(([stage, {key, outputs}]) => [
      stage,
      {key, digests: Object.fromEntries(Object.entries(outputs).map(([port, {digest}]) => [port, digest]))},
    ]),
  );

export const sameDigests = (left: Readonly<Record<string, Digest>>, right: Readonly<Record<string, Digest>>): boolean =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.entries(left).every(([port, digest]) => right[port] === digest);
