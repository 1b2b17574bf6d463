import type {ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Attempt} from '../../core/executor.js';
import type {FromWorker, ToWorker} from './serve.js';

/** execa's child: a process, and a promise of how it ended. */
type Child = ChildProcess & PromiseLike<{readonly signal?: string; readonly exitCode?: number}>;

export interface Ended {
  readonly signal?: string | undefined;
  readonly exitCode?: number | undefined;
}

const tailLines = 40;
const longestTailLine = 1000;

/** Lines that TensorFlow writes at every start, whatever its log level: they explain no failure. */
const chatter =
  /All log messages before absl::InitializeLog|oneDNN custom operations are on|looks like you are running TensorFlow\.js in Node|^=+$/;

/** A process on this machine that runs one attempt after the other. */
export class WorkerProcess {
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ended>;
  readonly #child: Child;
  #tail: string[] = [];

  constructor(
    execaNode: typeof import('execa').execaNode,
    module: URL,
    environment: Readonly<Record<string, string>>,
    hear: (event: FromWorker) => void,
  ) {
    this.#child = execaNode(fileURLToPath(module), {
      ipc: true,
      buffer: false,
      reject: false,
      stdin: 'ignore',
      // a process group of its own: Ctrl-C in the terminal reaches the coordinator alone, which asks the workers to stop
      detached: true,
      env: {...environment},
    }) as unknown as Child;
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => this.#keepTail(chunk.toString('utf8')));
    this.#child.on('message', (message) => hear(message as FromWorker));
    this.ended = Promise.resolve(this.#child).then(({signal, exitCode}) => ({signal, exitCode}));
  }

  /** Last lines that the process wrote to stderr or stdout since it began the attempt. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  begin(attempt: Attempt): void {
    this.#tail = [];
    this.#send({type: 'run', attempt});
  }

  /** Asks the attempt that it runs to stop. */
  cancel(): void {
    this.#send({type: 'cancel'});
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** A process that has died by now says so by its end, not by a message that fails. */
  #send(message: ToWorker): void {
    this.#child.send(message as never, () => {});
  }

  #keepTail(text: string): void {
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !chatter.test(line));
    this.#tail = [...this.#tail, ...lines.map((line) => line.slice(0, longestTailLine))].slice(-tailLines);
  }
}
