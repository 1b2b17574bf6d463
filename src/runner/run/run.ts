import {randomUUID} from 'node:crypto';
import {setTimeout as wait} from 'node:timers/promises';
import type {Digest} from '../../core/digest.js';
import type {MetricPoint, Outcome, RunEvent, StageOutput} from '../../core/events.js';
import type {AttemptEvent, AttemptFailure, Executor} from '../../core/executor.js';
import {continuationKey, type KeyFields} from '../../core/key.js';
import type {Plan, PlannedStage} from '../../core/plan.js';
import type {StageRecord, Store} from '../../core/store.js';
import {withResolvers} from '../../util/with-resolvers.js';
import {failureOf} from '../plan/checks.js';
import {EarlierResults} from '../plan/earlier.js';
import {StageLookUp} from '../plan/look-up.js';
import {whyMiss} from '../plan/why.js';
import {Scheduler, type SchedulerCommand, type SchedulerEvent} from './scheduler.js';

type Emitted = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'time'> : never) : never;

interface RunOptions {
  /** Name of the run, by which the executor knows its attempts. */
  readonly runId: string;
  readonly store: Store;
  readonly executor: Executor;
  readonly emit: (event: RunEvent) => void;
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal;
  /** Time that a stage may take to stop. */
  readonly graceMilliseconds: number;
  /** True: stages that do not need a failed one still begin. */
  readonly keepGoing?: boolean;
  /** Resolves after this many milliseconds, or when the signal is aborted; by the machine's clock when not given. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const waitByClock: NonNullable<RunOptions['wait']> = (milliseconds, signal) =>
  wait(milliseconds, undefined, {signal}).catch(() => undefined);

/** Runs a plan: looks every stage up, has the missing ones computed, reports it by events. */
export function runPlan(plan: Plan, options: RunOptions): Promise<Outcome> {
  return new Run(plan, options).outcome;
}

/** A stage that is not in the store, and why. */
interface Missing {
  readonly planned: PlannedStage;
  readonly fields: KeyFields;
  readonly key: Digest;
  readonly reason: string;
  /** Attempts that were lost. */
  lost: number;
  /** True once the log says that another run computes it. */
  waited: boolean;
}

/** Interval at which the result of another run is looked for. */
const pollMilliseconds = 300;
/** The pause before a lost attempt is made again; twice as long each time. */
const firstPauseMilliseconds = 1000;
const longestPauseMilliseconds = 60_000;

class Run {
  readonly outcome: Promise<Outcome>;
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #earlier: EarlierResults;
  readonly #planned: ReadonlyMap<string, PlannedStage>;
  /** Stages whose metrics are checked in the end. */
  readonly #judged: ReadonlySet<string>;
  readonly #lookUp: StageLookUp;
  /** Metrics of finished stages that checks ask for. */
  readonly #metrics = new Map<string, readonly MetricPoint[]>();
  readonly #missing = new Map<string, Missing>();
  readonly #attempts = new Map<string, Missing>();
  readonly #resolve: (outcome: Outcome) => void;
  readonly #reject: (error: unknown) => void;
  readonly #scheduler: Scheduler;
  readonly #wait: NonNullable<RunOptions['wait']>;

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#wait = options.wait ?? waitByClock;
    this.#earlier = new EarlierResults(options.store);
    this.#lookUp = new StageLookUp(options.store);
    this.#planned = new Map(plan.stages.map((planned) => [planned.name, planned]));
    this.#judged = new Set(plan.checks.map(({stage}) => stage));
    this.#scheduler = new Scheduler(plan.stages, {keepGoing: options.keepGoing === true});
    const {promise, resolve, reject} = withResolvers<Outcome>();
    this.#resolve = resolve;
    this.#reject = reject;
    const events = options.executor.events(options.runId)[Symbol.asyncIterator]();
    this.outcome = promise.finally(() => events.return?.());
    this.#listen(events).catch(this.#reject);
    options.signal.addEventListener('abort', () => this.#cancel());
    this.#dispatch({type: 'start'});
  }

  async #listen(events: AsyncIterator<AttemptEvent>): Promise<void> {
    for (let next = await events.next(); !next.done; next = await events.next()) this.#hear(next.value);
  }

  #cancel(): void {
    const {executor, graceMilliseconds} = this.#options;
    executor.cancel([...this.#attempts.keys()], graceMilliseconds).catch(this.#reject);
    this.#dispatch({type: 'cancel'});
  }

  #dispatch(event: SchedulerEvent): void {
    for (const command of this.#scheduler.step(event)) this.#obey(command);
  }

  #obey(command: SchedulerCommand): void {
    switch (command.type) {
      case 'look-up':
        this.#look(command.stage).catch(this.#reject);
        return;
      case 'submit':
        this.#submit(this.#missed(command.stage));
        return;
      case 'skip':
        this.#emit({type: 'stage-skipped', stage: command.stage, because: command.because});
        return;
      case 'end':
        this.#resolve(command.outcome === 'done' ? this.#checked() : command.outcome);
        return;
      default:
        command satisfies never;
    }
  }

  async #look(stage: string): Promise<void> {
    const planned = this.#plannedStage(stage);
    const looked = await this.#lookUp.look(planned, {pin: true});
    if (looked.status === 'unknown') throw new Error(`${stage} is looked up before ${looked.on.join(' and ')}`);
    if (looked.status === 'hit') return this.#cached(stage, looked.record);
    const {fields, key, fault} = looked;
    const reason = fault ?? (await whyMiss(this.#earlier, stage, fields));
    this.#missing.set(stage, {planned, fields, key, reason, lost: 0, waited: false});
    this.#dispatch({type: 'miss', stage});
  }

  #cached(stage: string, record: StageRecord, event: 'hit' | 'finished' = 'hit'): void {
    const {key, metrics, computed} = record;
    this.#keep(stage, record);
    const {seconds, deterministic} = computed;
    const doubt = deterministic === undefined ? {} : {deterministic};
    this.#emit({type: 'stage-cached', stage, key, seconds, outputs: outputsOf(record), metrics, ...doubt});
    this.#dispatch({type: event, stage});
  }

  /** Another run computes the stage: its result is waited for, or its end. */
  async #await(missing: Missing): Promise<void> {
    const {planned, key} = missing;
    const {store, signal} = this.#options;
    if (!missing.waited) this.#emit({type: 'stage-log', stage: planned.name, text: 'another run computes it: waiting for that'});
    missing.waited = true;
    while (!signal.aborted) {
      await this.#wait(pollMilliseconds, signal);
      const claim = await store.claim(key);
      if (claim.status === 'held') continue;
      await claim.release();
      const found = planned.fresh ? undefined : await store.lookup(key);
      return found?.status === 'hit' ? this.#cached(planned.name, found.record, 'finished') : this.#submit(missing);
    }
    this.#fail(planned.name, {reason: 'cancelled', message: 'stopped waiting for another run'});
  }

  #submit(missing: Missing): void {
    const {planned, fields, key} = missing;
    const {store, executor, signal, runId} = this.#options;
    const stage = planned.name;
    if (signal.aborted) return this.#fail(stage, {reason: 'cancelled', message: 'cancelled before it began'});
    const id = randomUUID();
    this.#attempts.set(id, missing);
    const inputs = Object.entries(planned.inputs).map(([port, edge]) => [
      port,
      {key: this.#lookUp.known(edge.stage).key, port: edge.port},
    ]);
    const attempt = {
      ...{id, runId, store: store.url, stage, key, fields, use: planned.use, run: planned.run, params: planned.params},
      ...(planned.extending.length > 0 && {continuation: continuationKey(fields, planned.extending)}),
      ...(planned.plugin !== undefined && {pluginModule: planned.plugin}),
      ...(planned.fresh && {fresh: true}),
      inputs: Object.fromEntries(inputs),
    };
    executor.submit([attempt]).catch(this.#reject);
  }

  #hear(event: AttemptEvent): void {
    const missing = this.#attempts.get(event.attempt);
    if (!missing) return;
    const stage = missing.planned.name;
    switch (event.type) {
      case 'started':
        return this.#started(stage, missing);
      case 'progress': {
        const {done, total, unit, figures} = event;
        return this.#emit({type: 'stage-progress', stage, done, total, unit, figures});
      }
      case 'metrics':
        return this.#emit({type: 'stage-metrics', stage, step: event.step, values: event.values});
      case 'picture':
        return this.#emit({type: 'stage-picture', stage, name: event.name, step: event.step, digest: event.digest});
      case 'log':
        return this.#emit({type: 'stage-log', stage, text: event.text});
      case 'finished':
        this.#attempts.delete(event.attempt);
        this.#finish(stage, missing).catch(this.#reject);
        return;
      case 'held':
        this.#attempts.delete(event.attempt);
        this.#await(missing).catch(this.#reject);
        return;
      case 'failed':
        this.#attempts.delete(event.attempt);
        this.#retryOrFail(missing, event.failure).catch(this.#reject);
        return;
      default:
        event satisfies never;
    }
  }

  /** Reports the start once, when the first attempt has a slot: later attempts are in the log. */
  #started(stage: string, {key, reason, lost, waited}: Missing): void {
    if (lost === 0 && !waited) this.#emit({type: 'stage-started', stage, key, reason});
  }

  /** A stage is done when its record stands in the store, whoever computed it. */
  async #finish(stage: string, {key}: Missing): Promise<void> {
    const found = await this.#options.store.lookup(key);
    if (found.status === 'miss') {
      const message = `Expected the result of \`${stage}\` to be in the store, got ${found.fault ?? 'nothing'}`;
      return this.#fail(stage, {reason: 'lost', message, stack: '', tail: ''});
    }
    const {record} = found;
    this.#keep(stage, record);
    const {seconds, peakBytes} = record.computed;
    this.#emit({type: 'stage-finished', stage, key, seconds, peakBytes, outputs: outputsOf(record)});
    this.#dispatch({type: 'finished', stage});
  }

  /** A worker that was lost is no fault of the stage: it is tried again, as often as its `run.retries` says. */
  async #retryOrFail(missing: Missing, failure: AttemptFailure): Promise<void> {
    const {name, run} = missing.planned;
    const {signal} = this.#options;
    if (failure.reason === 'lost' && missing.lost < run.retries && !signal.aborted) {
      const pause = Math.min(firstPauseMilliseconds * 2 ** missing.lost, longestPauseMilliseconds);
      missing.lost++;
      const which = `attempt ${missing.lost + 1} of ${run.retries + 1} in ${pause / 1000} s`;
      this.#emit({type: 'stage-log', stage: name, text: `${failure.message}: ${which}`});
      await this.#wait(pause, signal);
      if (!signal.aborted) return this.#submit(missing);
    }
    this.#fail(name, failure);
  }

  #fail(stage: string, failure: AttemptFailure): void {
    if (failure.reason === 'cancelled') this.#emit({type: 'stage-log', stage, text: failure.message});
    else this.#emit({type: 'stage-failed', stage, message: failure.message, stack: failure.stack, tail: failure.tail});
    this.#dispatch({type: 'failed', stage});
  }

  /** Cached or not, what a stage reported is in its record. */
  #checked(): Outcome {
    const failed = this.#plan.checks.flatMap((check) => {
      const message = failureOf(check, this.#metrics.get(check.stage) ?? []);
      return message === undefined ? [] : [{check, message}];
    });
    for (const {check, message} of failed)
      this.#emit({type: 'check-failed', check: check.text, stage: check.stage, message, place: check.place});
    return failed.length > 0 ? 'check-failed' : 'done';
  }

  #emit(event: Emitted): void {
    this.#options.emit({time: Date.now(), ...event} as RunEvent);
  }

  #keep(stage: string, record: StageRecord): void {
    this.#lookUp.keep(stage, record);
    if (this.#judged.has(stage)) this.#metrics.set(stage, record.metrics);
    this.#missing.delete(stage);
  }

  #missed(stage: string): Missing {
    const missing = this.#missing.get(stage);
    if (!missing) throw new Error(`${stage} was not looked up`);
    return missing;
  }

  #plannedStage(stage: string): PlannedStage {
    const planned = this.#planned.get(stage);
    if (!planned) throw new Error(`no stage ${stage} in the plan`);
    return planned;
  }
}

/** A record's outputs as events tell them: without their types, which the plan has. */
const outputsOf = ({outputs}: StageRecord): Readonly<Record<string, StageOutput>> =>
  Object.fromEntries(
    Object.entries(outputs).map(([port, {kind, digest, files}]) => [
      port,
      {kind, digest, files: files.map(({name, digest: content, bytes}) => ({name, digest: content, bytes}))},
    ]),
  );
