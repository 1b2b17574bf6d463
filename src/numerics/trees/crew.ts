import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';
import type {GrowingJob} from './grower.js';
import type {Tree} from './tree.js';

/** Grows trees on all cores, each tree on one; a tree does not depend on who grows it. */
export class Crew {
  readonly #workers: readonly Worker[];

  private constructor(job: GrowingJob, count: number) {
    this.#workers = Array.from({length: count}, () => new Worker(new URL('./thread.js', import.meta.url), {workerData: job}));
  }

  /** Runs `work` with a crew, by default of as many threads as cores, and ends it. */
  static async use<T>(job: GrowingJob, work: (crew: Crew) => Promise<T>, count = availableParallelism()): Promise<T> {
    const crew = new Crew(job, count);
    try {
      return await work(crew);
    } finally {
      await Promise.all(crew.#workers.map((worker) => worker.terminate()));
    }
  }

  /** The trees of these numbers, in their order. */
  async grow(indices: readonly number[]): Promise<Tree[]> {
    const grown = new Map<number, Tree>();
    const left = [...indices];
    await Promise.all(this.#workers.map((worker) => serve(worker, () => left.shift(), grown)));
    return indices.map((index) => grown.get(index) as Tree);
  }
}

/** Gives a worker one number after the other, until none are left. */
function serve(worker: Worker, next: () => number | undefined, grown: Map<number, Tree>): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      worker.off('message', receive).off('error', end);
      if (error) reject(error);
      else resolve();
    };
    const give = (): void => {
      const index = next();
      if (index === undefined) end();
      else worker.postMessage(index);
    };
    const receive = ({index, tree}: {index: number; tree: Tree}): void => {
      grown.set(index, tree);
      give();
    };
    worker.on('message', receive).on('error', end);
    give();
  });
}
