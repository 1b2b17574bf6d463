import type PQueue from 'p-queue';

/** Processors and GPUs of this machine, given out in the order they are asked for. */
export class Slots {
  readonly #slots: number;
  readonly #gpus: number;
  /** p-queue takes 20 ms to load: only when something runs. */
  #queues: Promise<{readonly cpu: PQueue; readonly gpu: PQueue}> | undefined;

  constructor(slots: number, gpus: number) {
    this.#slots = slots;
    this.#gpus = gpus;
  }

  /**
   * Waits for what an attempt asks for, of what there is, and gives what frees it. GPUs come first: an attempt that waits for one holds no
   * processor, so that no two wait for each other.
   */
  async take({cpu, gpu}: {readonly cpu: number; readonly gpu: number}): Promise<() => void> {
    this.#queues ??= import('p-queue').then(({default: Queue}) => ({
      cpu: new Queue({concurrency: this.#slots}),
      gpu: new Queue({concurrency: Math.max(1, this.#gpus)}),
    }));
    const queues = await this.#queues;
    const freeGpus = gpu > 0 && this.#gpus > 0 ? await take(queues.gpu, Math.min(gpu, this.#gpus)) : () => {};
    const freeSlots = await take(queues.cpu, Math.min(cpu, this.#slots));
    return () => {
      freeSlots();
      freeGpus();
    };
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
