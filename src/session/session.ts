import {availableParallelism} from 'node:os';
import type {Outcome} from '../core/events.js';
import type {Executor} from '../core/executor.js';
import type {Finding} from '../core/finding.js';
import type {Observer} from '../core/observer.js';
import type {Plan} from '../core/plan.js';
import type {Store} from '../core/store.js';
import {executors} from '../executors/index.js';
import {lookUpPlan} from '../runner/plan/look-up.js';
import {runPlan} from '../runner/run/run.js';
import {watchSystem} from '../runner/run/system-metrics.js';
import {openStore} from '../stores/open.js';
import {interruption} from './interruption.js';
import {Observers} from './observers.js';
import type {Project} from './project.js';
import {runStarted} from './run-started.js';

/** Time that stages may take to write a checkpoint after Ctrl-C. */
const defaultGraceMilliseconds = 10_000;

/** Shows a run to a user: its events, and lines that are not about a stage. */
export interface View extends Observer {
  readonly notice: (text: string) => void;
}

interface RunSettings {
  readonly runId: string;
  /** Listeners in the order they hear; they are closed in reverse, whatever comes of the run. */
  readonly observers: readonly Observer[];
  /** One line for the user. */
  readonly notice: (text: string) => void;
  readonly graceMilliseconds?: number | undefined;
  /** True: stages that do not need a failed one still begin. */
  readonly keepGoing?: boolean;
  /** When the run began, in milliseconds since 1970. */
  readonly began?: number;
  readonly dirty?: boolean | undefined;
  /** True: the load of the machine is among the events. */
  readonly watchMachine?: boolean;
}

/** A store and an executor, on which plans run. */
export class Session {
  readonly store: Store;
  readonly #executor: Executor;

  private constructor(store: Store, executor: Executor) {
    this.store = store;
    this.#executor = executor;
  }

  /** `store`: instead of the project's. `slots`: processors that stages share; all when not given. */
  static async open(
    project: Project,
    {store, slots = availableParallelism()}: {readonly store?: string; readonly slots?: number | undefined} = {},
  ): Promise<Session> {
    const opened = await (store === undefined ? project.store() : openStore(store));
    return new Session(opened, await executors.local.open({slots, tensorflow: await project.tensorflow()}));
  }

  /** The reason not to run a plan, if there is one; stages whose results are in the store need nothing. */
  async refusal(plan: Plan): Promise<Finding | undefined> {
    if (!isMissing(await this.#executor.check(plan))) return undefined;
    return isMissing(await this.#executor.check(await withoutCached(plan, this.store)));
  }

  async run(plan: Plan, settings: RunSettings): Promise<Outcome> {
    const {runId, began: time = Date.now(), dirty, notice} = settings;
    const {signal, stop, restore} = interruption(notice);
    const observers = new Observers(settings.observers, stop);
    const emit = observers.hear.bind(observers);
    const clock = performance.now();
    emit(await runStarted(plan, {runId, time, dirty}));
    const unwatch = settings.watchMachine ? watchSystem(emit) : () => {};
    let outcome: Outcome = 'failed';
    try {
      outcome = await runPlan(plan, {
        ...{runId, store: this.store, executor: this.#executor, emit, signal},
        graceMilliseconds: settings.graceMilliseconds ?? defaultGraceMilliseconds,
        keepGoing: settings.keepGoing === true,
      });
    } finally {
      restore();
      unwatch();
      emit({type: 'run-finished', time: Date.now(), outcome, seconds: (performance.now() - clock) / 1000});
      await observers.close();
    }
    return outcome;
  }

  async close(): Promise<void> {
    await this.#executor.close();
  }
}

const isMissing = (findings: readonly Finding[]): Finding | undefined => findings.find(({state}) => state === 'missing');

/** A plan's stages that would run, or may. */
export async function withoutCached(plan: Plan, store: Store): Promise<Plan> {
  const stages = [];
  for await (const {planned, looked} of lookUpPlan(plan, store)) if (looked.status !== 'hit') stages.push(planned);
  return {...plan, stages};
}
