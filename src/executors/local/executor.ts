import type {Attempt, AttemptEvent, AttemptFailure, Executor, ExecutorCapabilities} from '../../core/executor.js';
import type {Finding} from '../../core/finding.js';
import type {Plan} from '../../core/plan.js';
import {lostWorker} from '../../runner/run/lost-worker.js';
import {gpuCount, type Located, tensorflowEnvironment} from '../../tensor/setup/locate.js';
import {EventLog} from '../event-log.js';
import type {FromWorker} from './serve.js';
import {Slots} from './slots.js';
import {type Ended, WorkerProcess} from './worker-process.js';

interface LocalOptions {
  /** Number of processors that the attempts share. */
  readonly slots: number;
  /** TensorFlow on this machine, for attempts that need it. */
  readonly tensorflow?: Located;
  /** Number of GPUs for attempts that ask for some; by default those that TensorFlow uses. Without any, no attempt waits for one. */
  readonly gpus?: number;
  /** Compiled module that a worker process runs; it calls `serveAttempts`. */
  readonly workerModule?: URL;
}

/** An attempt that has not ended. */
interface Task {
  readonly attempt: Attempt;
  /** The worker that runs it; absent while it waits. */
  worker?: Worker;
  /** True once it was asked to stop. */
  cancelled: boolean;
  /** Frees what it holds; called when it ends. */
  free?: () => void;
}

interface Worker {
  readonly process: WorkerProcess;
  task: Task | undefined;
}

const ourWorker = new URL('../../worker.js', import.meta.url);

/** Runs attempts in worker processes on this machine; a worker that finished one takes the next. */
export const localExecutor = (options: LocalOptions): Executor => new LocalExecutor(options);

class LocalExecutor implements Executor {
  readonly can: ExecutorCapabilities;
  readonly #options: LocalOptions;
  readonly #slots: Slots;
  readonly #logs = new Map<string, EventLog>();
  /** By the id of the attempt; `undefined` for those that have ended. */
  readonly #tasks = new Map<string, Task | undefined>();
  readonly #workers = new Set<Worker>();

  constructor(options: LocalOptions) {
    const {slots, tensorflow} = options;
    const gpus = options.gpus ?? (tensorflow ? gpuCount(tensorflow) : 0);
    this.#options = options;
    this.#slots = new Slots(slots, gpus);
    this.can = {sharedFiles: true, slots, gpus};
  }

  async check({stages}: Plan): Promise<readonly Finding[]> {
    const {tensorflow} = this.#options;
    const needed = stages.some(({fields}) => fields.numerics?.backend === 'tensorflow');
    if (!needed || !tensorflow || tensorflow.status === 'ready') return [];
    const found = 'Expected TensorFlow to be ready, but it is not';
    return [{what: 'TensorFlow', state: 'missing', found, remedy: 'Run `pipeline setup` first.'}];
  }

  async submit(attempts: readonly Attempt[]): Promise<void> {
    for (const attempt of attempts) {
      if (this.#tasks.has(attempt.id)) continue;
      const task: Task = {attempt, cancelled: false};
      this.#tasks.set(attempt.id, task);
      void this.#slots.take(attempt.run.resources).then((free) => this.#run(task, free));
    }
  }

  events(runId: string): AsyncIterable<AttemptEvent> {
    return this.#log(runId).read();
  }

  async cancel(ids: readonly string[], graceMilliseconds: number): Promise<void> {
    const asked = ids.flatMap((id) => this.#tasks.get(id) ?? []);
    for (const task of asked) {
      task.cancelled = true;
      if (task.worker) task.worker.process.cancel();
      else this.#end(task, notBegun);
    }
    const kill = (): void => {
      for (const {attempt, worker} of asked) if (this.#tasks.get(attempt.id)) worker?.process.kill('SIGKILL');
    };
    setTimeout(kill, graceMilliseconds).unref();
  }

  async close(): Promise<void> {
    const ended = [...this.#workers].map(({process, task}) => {
      if (task) task.cancelled = true;
      process.kill(task ? 'SIGKILL' : 'SIGTERM');
      return process.ended;
    });
    for (const task of this.#tasks.values()) if (task && !task.worker) this.#end(task, notBegun);
    await Promise.all(ended);
    for (const log of this.#logs.values()) log.end();
  }

  async #run(task: Task, free: () => void): Promise<void> {
    // execa takes 40 ms to load: only when something runs
    const {execaNode} = await import('execa');
    // nothing waits from here on, so that neither a cancel nor another attempt comes in between
    if (!this.#tasks.get(task.attempt.id)) return free();
    const worker = [...this.#workers].find((candidate) => !candidate.task) ?? this.#start(execaNode);
    task.free = free;
    task.worker = worker;
    worker.task = task;
    worker.process.begin(task.attempt);
  }

  #start(execaNode: typeof import('execa').execaNode): Worker {
    const {workerModule = ourWorker, tensorflow} = this.#options;
    const environment = tensorflow ? tensorflowEnvironment(tensorflow) : {};
    const hear = (event: FromWorker): void => this.#hear(worker, event);
    const worker: Worker = {process: new WorkerProcess(execaNode, workerModule, environment, hear), task: undefined};
    this.#workers.add(worker);
    void worker.process.ended.then((ended) => this.#lose(worker, ended));
    return worker;
  }

  #hear({task, process}: Worker, event: FromWorker): void {
    if (!task || event.attempt !== task.attempt.id) return;
    if (event.type === 'failed') this.#end(task, {...event, failure: withTail(event.failure, process.tail)});
    else if (event.type === 'finished' || event.type === 'held') this.#end(task, event);
    else this.#log(task.attempt.runId).push(event);
  }

  #lose(worker: Worker, {signal, exitCode}: Ended): void {
    this.#workers.delete(worker);
    const {task, process} = worker;
    if (!task) return;
    const failure = lostWorker(task.attempt, {signal, exitCode, tail: process.tail, cancelled: task.cancelled});
    this.#end(task, {type: 'failed', failure});
  }

  #end(task: Task, end: AttemptEnd): void {
    const {id, runId} = task.attempt;
    if (task.worker) task.worker.task = undefined;
    this.#tasks.set(id, undefined);
    task.free?.();
    this.#log(runId).push({...end, attempt: id});
  }

  #log(runId: string): EventLog {
    const log = this.#logs.get(runId) ?? new EventLog();
    this.#logs.set(runId, log);
    return log;
  }
}

type AttemptEnd = {readonly type: 'finished' | 'held'} | {readonly type: 'failed'; readonly failure: AttemptFailure};

const notBegun: AttemptEnd = {type: 'failed', failure: {reason: 'cancelled', message: 'cancelled before it began'}};

const withTail = (failure: AttemptFailure, tail: readonly string[]): AttemptFailure =>
  failure.reason === 'cancelled' ? failure : {...failure, tail: tail.join('\n')};
