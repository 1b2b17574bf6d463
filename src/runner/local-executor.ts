import type {ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type PQueue from 'p-queue';
import type {Attempt, AttemptEvent, AttemptFailure, Executor} from './executor.js';
import type {FromWorker, ToWorker} from './worker.js';

interface LocalOptions {
  /** Compiled module that a worker process runs; it calls `serveAttempts`. */
  readonly workerModule: URL;
  readonly storeFolder: string;
  /** How many attempts run at the same time. */
  readonly slots: number;
  /** How many GPUs there are for those that ask for some; none when not given, and then nobody waits for one. */
  readonly gpus?: number;
  /** What the workers need beside this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** execa's child: a process, and a promise of how it ended. */
type Child = ChildProcess & PromiseLike<{readonly signal?: string; readonly exitCode?: number}>;

interface Worker {
  readonly process: Child;
  /** Last lines the worker wrote to stderr or stdout. */
  tail: string[];
  busy: Attempt | undefined;
  /** Set by the attempt that runs; called when it ends, in whatever way. */
  settle: (() => void) | undefined;
  /** The attempt has been asked to stop because its time is over. */
  late: boolean;
}

const tailLines = 40;
const longestTailLine = 1000;
/** How long an attempt whose time is over may take to save where it is. */
const lateMilliseconds = 3000;

/** Runs attempts in worker processes on this machine; a worker that finished one takes the next. */
export function localExecutor(options: LocalOptions): Executor {
  return new LocalExecutor(options);
}

class LocalExecutor implements Executor {
  readonly #options: LocalOptions;
  readonly #listeners: ((event: AttemptEvent) => void)[] = [];
  readonly #seen = new Set<string>();
  readonly #workers = new Set<Worker>();
  /** execa and p-queue take 60 ms to load: only when something runs. */
  #queues: Promise<{readonly cpu: PQueue; readonly gpu: PQueue}> | undefined;
  #cancelled = false;

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  onEvent(listener: (event: AttemptEvent) => void): void {
    this.#listeners.push(listener);
  }

  submit(attempt: Attempt): void {
    if (this.#seen.has(attempt.id)) return;
    this.#seen.add(attempt.id);
    const {slots, gpus = 0} = this.#options;
    this.#queues ??= import('p-queue').then(({default: Queue}) => ({
      cpu: new Queue({concurrency: slots}),
      gpu: new Queue({concurrency: Math.max(1, gpus)}),
    }));
    void this.#queues.then(({cpu, gpu}) => this.#enqueue(cpu, gpu, attempt));
  }

  /** Takes GPUs first: who waits for one holds no slot of the processors, so that no two wait for each other. */
  async #enqueue(cpu: PQueue, gpu: PQueue, attempt: Attempt): Promise<void> {
    const {resources} = attempt.run;
    const {slots, gpus = 0} = this.#options;
    const freeGpus = resources.gpu > 0 && gpus > 0 ? await take(gpu, Math.min(resources.gpu, gpus)) : () => {};
    const freeSlots = await take(cpu, Math.min(resources.cpu, slots));
    await this.#carryOut(attempt).finally(() => {
      freeSlots();
      freeGpus();
    });
  }

  cancel(graceMilliseconds: number): void {
    this.#cancelled = true;
    for (const worker of this.#workers) if (worker.busy) void send(worker, {type: 'cancel'});
    setTimeout(() => {
      for (const worker of this.#workers) if (worker.busy) worker.process.kill('SIGKILL');
    }, graceMilliseconds).unref();
  }

  async close(): Promise<void> {
    this.#cancelled = true;
    const queues = await this.#queues;
    queues?.cpu.clear();
    queues?.gpu.clear();
    const ended = [...this.#workers].map((worker) => {
      worker.process.kill(worker.busy ? 'SIGKILL' : 'SIGTERM');
      return worker.process;
    });
    await Promise.allSettled(ended);
  }

  async #carryOut(attempt: Attempt): Promise<void> {
    const {execaNode} = await import('execa');
    // from here to `busy` nothing waits, so that neither a cancel nor another attempt comes in between
    if (this.#cancelled)
      return this.#emit({
        attempt: attempt.id,
        type: 'failed',
        failure: {reason: 'cancelled', message: 'cancelled before it began'},
      });
    const worker = [...this.#workers].find((candidate) => !candidate.busy) ?? this.#start(execaNode);
    worker.busy = attempt;
    worker.tail = [];
    worker.late = false;
    const settled = new Promise<void>((resolve) => {
      worker.settle = resolve;
    });
    const timers = this.#watchTime(worker, attempt);
    await send(worker, {type: 'run', attempt, storeFolder: this.#options.storeFolder});
    await settled;
    timers.forEach(clearTimeout);
  }

  /** When the time of an attempt is over it is asked to stop, as by Ctrl-C; one that hangs is killed. */
  #watchTime(worker: Worker, attempt: Attempt): NodeJS.Timeout[] {
    const {timeout} = attempt.run;
    if (timeout === undefined) return [];
    const ask = (): void => {
      worker.late = true;
      void send(worker, {type: 'cancel'});
    };
    const longest = 2 ** 31 - 1;
    const milliseconds = Math.min(timeout * 1000, longest - lateMilliseconds);
    return [setTimeout(ask, milliseconds), setTimeout(() => worker.process.kill('SIGKILL'), milliseconds + lateMilliseconds)];
  }

  #start(execaNode: typeof import('execa').execaNode): Worker {
    const child = execaNode(fileURLToPath(this.#options.workerModule), {
      ipc: true,
      buffer: false,
      reject: false,
      stdin: 'ignore',
      // a process group of its own: Ctrl-C in the terminal reaches the coordinator alone, which asks the workers to stop
      detached: true,
      ...(this.#options.environment && {env: this.#options.environment}),
    }) as unknown as Child;
    const worker: Worker = {process: child, tail: [], busy: undefined, settle: undefined, late: false};
    this.#workers.add(worker);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => keepTail(worker, chunk.toString('utf8')));
    child.on('message', (message) => this.#hear(worker, message as FromWorker));
    void child.then((result) => {
      this.#workers.delete(worker);
      const how = result.signal ? `was ended by ${result.signal}` : `ended with exit code ${result.exitCode ?? 'unknown'}`;
      if (worker.busy) this.#end(worker, {type: 'failed', failure: this.#lost(worker, how), attempt: worker.busy.id});
    });
    return worker;
  }

  #hear(worker: Worker, event: FromWorker): void {
    if (event.attempt !== worker.busy?.id) return;
    if (event.type === 'failed') this.#end(worker, {...event, failure: withTail(event.failure, worker)});
    else if (event.type === 'finished' || event.type === 'held') this.#end(worker, event);
    else this.#emit(event);
  }

  #end(worker: Worker, event: AttemptEvent): void {
    worker.busy = undefined;
    worker.settle?.();
    this.#emit(event);
  }

  #lost(worker: Worker, how: string): AttemptFailure {
    if (this.#cancelled) return {reason: 'cancelled', message: `the worker ${how}`};
    if (worker.late && worker.busy) return timedOut(worker.busy, worker.tail);
    const starved = how.includes('SIGKILL') || worker.tail.some((line) => line.includes('heap out of memory'));
    const hint = starved ? '; the usual cause is too little memory' : '';
    return {
      reason: 'lost',
      message: `Expected the worker process to give a result, but it ${how}${hint}`,
      stack: '',
      tail: worker.tail.join('\n'),
    };
  }

  #emit(event: AttemptEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/**
 * Waits for some slots of a queue and gives what frees them: as many entries as slots stand in it. It is first in, first out, so that the
 * slots of one come before those of the next, and no two wait for each other.
 */
function take(queue: PQueue, slots: number): Promise<() => void> {
  return new Promise((resolve) => {
    const held: (() => void)[] = [];
    const hold = (): Promise<void> =>
      new Promise((free) => {
        if (held.push(free) < slots) return;
        resolve(() => {
          for (const each of held) each();
        });
      });
    for (let slot = 0; slot < slots; slot++) void queue.add(hold);
  });
}

/** A worker that died in the meantime is told of by its own end, not by a failed message. */
const send = (worker: Worker, message: ToWorker): Promise<void> =>
  new Promise((resolve) => {
    worker.process.send(message as never, () => resolve());
  });

function withTail(failure: AttemptFailure, {busy, late, tail}: Worker): AttemptFailure {
  if (failure.reason === 'cancelled' && late && busy) return timedOut(busy, tail);
  return failure.reason === 'error' ? {...failure, tail: tail.join('\n')} : failure;
}

const timedOut = ({stage, run}: Attempt, tail: readonly string[]): AttemptFailure => ({
  reason: 'timeout',
  message: `Expected \`${stage}\` to end within ${run.timeout} s (its \`run.timeout\`), but it took longer`,
  stack: '',
  tail: tail.join('\n'),
});

/** What TensorFlow says at every start, whatever its log level: nobody's failure is explained by it. */
const chatter =
  /All log messages before absl::InitializeLog|oneDNN custom operations are on|looks like you are running TensorFlow\.js in Node|^=+$/;

function keepTail(worker: Worker, text: string): void {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !chatter.test(line));
  worker.tail = [...worker.tail, ...lines.map((line) => line.slice(0, longestTailLine))].slice(-tailLines);
}
