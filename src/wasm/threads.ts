import {availableParallelism} from 'node:os';
import {setImmediate} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';
import {
  argumentsAtMost,
  type Compute,
  chunksAtMost,
  type JobBoard,
  newBoard,
  newCompute,
  post,
  waitForDone,
  work,
} from './job-board.js';

const page = 65_536;
const pagesAtMost = 65_536;
const vector = 16;
const busyMilliseconds = 100;

/** Called between pieces of work, some ten times a second, with how many chunks are done; throwing ends the computation. */
export type OnChunks = (done: number) => void;

/**
 * Kernels of wasm/ on all cores: memory that every thread sees, and calls that are cut into chunks. Chunks of a call must not write
 * to the same place; then what they give is the same on any number of threads.
 */
export class Threads {
  readonly #memory: WebAssembly.Memory;
  readonly #board: JobBoard = newBoard();
  readonly #compute: Compute;
  readonly #workers: readonly Worker[];
  #used = page;

  private constructor(kernels: readonly string[], count: number) {
    this.#memory = new WebAssembly.Memory({initial: 1, maximum: pagesAtMost, shared: true});
    const modules = kernels.map((compiled) => new WebAssembly.Module(Buffer.from(compiled, 'base64')));
    this.#compute = newCompute(modules, this.#memory, 0);
    this.#workers = Array.from({length: count - 1}, (_, index) => {
      const workerData = {modules, memory: this.#memory, board: this.#board, thread: index + 1};
      const worker = new Worker(new URL('./thread.js', import.meta.url), {workerData});
      worker.unref();
      return worker;
    });
  }

  /** Runs `compute` with threads that have these kernels (of src/wasm/kernels/), by default one a core, and ends them. */
  static async use<T>(
    kernels: readonly string[],
    compute: (threads: Threads) => Promise<T>,
    count = availableParallelism(),
  ): Promise<T> {
    const threads = new Threads(kernels, count);
    try {
      return await compute(threads);
    } finally {
      await Promise.all(threads.#workers.map((worker) => worker.terminate()));
    }
  }

  /** Number of threads, this one included; kernels are told which they run on, from 0, to have scratch memory of their own. */
  get count(): number {
    return this.#workers.length + 1;
  }

  /** Zeros that all threads see, kept as long as the threads. Throws a RangeError past 4 GiB in all. */
  floats(length: number): Float32Array {
    const start = this.#allocate(4 * length);
    return new Float32Array(this.#memory.buffer, start, length);
  }

  /** @see floats */
  doubles(length: number): Float64Array {
    const start = this.#allocate(8 * length);
    return new Float64Array(this.#memory.buffer, start, length);
  }

  /** @see floats */
  integers(length: number): Int32Array {
    const start = this.#allocate(4 * length);
    return new Int32Array(this.#memory.buffer, start, length);
  }

  /** Calls a kernel once for each chunk, on all threads; arrays made by this object are passed as their addresses. */
  run(kernel: string, chunks: number, ...given: readonly (number | Float32Array | Float64Array | Int32Array)[]): void {
    const index = this.#compute.kernels.findIndex(([name]) => name === kernel);
    if (index < 0 || chunks > chunksAtMost || given.length > argumentsAtMost) throw new RangeError(`no such call of ${kernel}`);
    post(
      this.#board,
      index,
      this.#memory.buffer.byteLength,
      chunks,
      given.map((value) => (typeof value === 'number' ? value : value.byteOffset)),
    );
    work(this.#board, this.#compute);
    if (!waitForDone(this.#board, chunks)) throw new Error(`${kernel} failed`);
  }

  /** The same for long work: `call(first, chunks)` is made for pieces of `chunks` chunks; between them the process hears and tells. */
  async runInPieces(chunks: number, call: (first: number, chunks: number) => void, onChunks?: OnChunks): Promise<void> {
    let piece = this.count;
    for (let first = 0; first < chunks; ) {
      const began = performance.now();
      const size = Math.min(piece, chunks - first, chunksAtMost);
      call(first, size);
      first += size;
      const took = performance.now() - began;
      if (took < busyMilliseconds / 2) piece *= 2;
      else if (took > 2 * busyMilliseconds) piece = Math.max(this.count, piece >> 1);
      onChunks?.(first);
      await setImmediate();
    }
  }

  #allocate(bytes: number): number {
    const start = this.#used;
    this.#used += Math.ceil(bytes / vector) * vector;
    const missing = Math.ceil((this.#used - this.#memory.buffer.byteLength) / page);
    if (missing > 0) {
      if (this.#used > page * pagesAtMost) throw new RangeError('Expected what is computed to fit into 4 GiB, it does not');
      this.#memory.grow(missing);
    }
    return start;
  }
}
