import type {MetricPoint} from '#tfpipe/core/events.js';
import type {Attempt, AttemptEvent, AttemptFailure, Executor} from '#tfpipe/core/executor.js';
import type {Finding} from '#tfpipe/core/finding.js';
import type {Store} from '#tfpipe/core/store.js';
import {EventLog} from '#tfpipe/executors/event-log.js';
import {Arrivals} from './arrivals.js';
import {recordOf} from './record-of.js';

type Without<E> = E extends AttemptEvent ? Omit<E, 'attempt'> : never;

/** An attempt that was submitted; it ends when the test says so. */
export class FakeCall {
  readonly attempt: Attempt;
  readonly #store: Store;
  readonly #emit: (event: AttemptEvent) => void;

  constructor(attempt: Attempt, store: Store, emit: (event: AttemptEvent) => void) {
    this.attempt = attempt;
    this.#store = store;
    this.#emit = emit;
  }

  /** Anything that an attempt can tell. */
  tell(event: Without<AttemptEvent>): void {
    this.#emit({attempt: this.attempt.id, ...event} as AttemptEvent);
  }

  /** Puts a record with one output, `out`, of this content into the store, as a worker does. */
  async leaveResult(content = this.attempt.stage, metrics: readonly MetricPoint[] = []): Promise<void> {
    const {key, stage, fields, fresh = false} = this.attempt;
    const record = recordOf(key, [await this.#store.writeBlob(Buffer.from(content))], stage);
    await this.#store.commit({...record, fields: {...fields}, metrics}, {replace: fresh});
  }

  async finish(content?: string, metrics?: readonly MetricPoint[]): Promise<void> {
    this.tell({type: 'started'});
    await this.leaveResult(content, metrics);
    this.tell({type: 'finished'});
  }

  hold(): void {
    this.tell({type: 'started'});
    this.tell({type: 'held'});
  }

  fail(reason: AttemptFailure['reason'] = 'error', message = 'out of eggs'): void {
    this.tell({type: 'started'});
    this.tell({type: 'failed', failure: {reason, message, stack: '', tail: ''} as AttemptFailure});
  }
}

/** An executor without processes: `const call = await executor.next(); await call.finish()`. */
export class FakeExecutor implements Executor {
  readonly can = {sharedFiles: true, slots: 1, gpus: 0};
  /** Every attempt that was submitted, in order. */
  readonly submitted: Attempt[] = [];
  /** Stages and grace of each cancel. */
  readonly cancels: {readonly stages: readonly string[]; readonly graceMilliseconds: number}[] = [];
  readonly #store: Store;
  readonly #log = new EventLog();
  readonly #calls = new Arrivals<FakeCall>();

  constructor(store: Store) {
    this.#store = store;
  }

  async check(): Promise<readonly Finding[]> {
    return [];
  }

  async submit(attempts: readonly Attempt[]): Promise<void> {
    for (const attempt of attempts) {
      if (this.submitted.some(({id}) => id === attempt.id)) continue;
      this.submitted.push(attempt);
      this.#calls.push(new FakeCall(attempt, this.#store, (event) => this.#log.push(event)));
    }
  }

  events(): AsyncIterable<AttemptEvent> {
    return this.#log.read();
  }

  async cancel(ids: readonly string[], graceMilliseconds: number): Promise<void> {
    const stages = this.submitted.filter(({id}) => ids.includes(id)).map(({stage}) => stage);
    this.cancels.push({stages, graceMilliseconds});
  }

  async close(): Promise<void> {
    this.#log.end();
  }

  /** The next attempt that is submitted; waits for it. */
  next(): Promise<FakeCall> {
    return this.#calls.next();
  }

  /** Finishes this attempt and all that follow, each with its stage's name as its content. */
  async finishAll(): Promise<never> {
    for (;;) await (await this.next()).finish();
  }
}
