/**
 * State that threads share beside the memory they compute in: one job at a time, cut into chunks that whoever is free takes. A thread that
 * comes late, or not at all, delays nobody: the thread that posts a job works on it too, and no result depends on who did what.
 */
export interface JobBoard {
  /** [ticket, chunks done, failures]; a ticket is a job's number in the upper 16 bits, its next chunk in the lower. */
  readonly control: Int32Array;
  /** Two jobs by turns, so that the last one's can still be read: [kernel, bytes of memory, chunks, arguments…]. */
  readonly jobs: Float64Array;
}

export const chunksAtMost = 0xffff;
const jobLength = 32;
export const argumentsAtMost = jobLength - 3;
const [ticketAt, doneAt, failuresAt] = [0, 1, 2];

type Kernel = (chunk: number, thread: number, ...rest: number[]) => void;

/** Kernels of a thread: its instances of the modules, in the memory of all. */
export interface Compute {
  readonly memory: WebAssembly.Memory;
  /** Exported functions by a number that all threads agree on. */
  readonly kernels: readonly (readonly [string, Kernel])[];
  readonly thread: number;
}

export const newBoard = (): JobBoard => ({
  control: new Int32Array(new SharedArrayBuffer(12)),
  jobs: new Float64Array(new SharedArrayBuffer(2 * 8 * jobLength)),
});

export function newCompute(modules: readonly WebAssembly.Module[], memory: WebAssembly.Memory, thread: number): Compute {
  const exported = modules.flatMap((module) => Object.entries(new WebAssembly.Instance(module, {env: {memory}}).exports));
  const kernels = exported.flatMap(([name, value]) => (typeof value === 'function' ? [[name, value as Kernel] as const] : []));
  return {memory, kernels, thread};
}

/** Posts a job, wakes everybody. The job before must be done. */
export function post({control, jobs}: JobBoard, kernel: number, bytes: number, chunks: number, given: readonly number[]): void {
  const job = ((Atomics.load(control, ticketAt) >>> 16) + 1) & 0xffff;
  jobs.set([kernel, bytes, chunks, ...given, ...Array<number>(argumentsAtMost - given.length).fill(0)], (job & 1) * jobLength);
  Atomics.store(control, doneAt, 0);
  Atomics.store(control, ticketAt, job << 16);
  Atomics.notify(control, ticketAt);
}

/** Takes chunks of the job that is posted until none is left; returns the ticket seen last. */
export function work({control, jobs}: JobBoard, {memory, kernels, thread}: Compute): number {
  for (;;) {
    const ticket = Atomics.load(control, ticketAt);
    const slot = ((ticket >>> 16) & 1) * jobLength;
    const [kernel = 0, bytes = 0, chunks = 0, ...given] = jobs.subarray(slot, slot + jobLength);
    const chunk = ticket & 0xffff;
    if (chunk >= chunks) return ticket;
    // only if no other thread has taken it, and no other job has come since its arguments were read
    if (Atomics.compareExchange(control, ticketAt, ticket, ticket + 1) !== ticket) continue;
    // a thread that starts while another makes the memory larger is not always told; growing by nothing asks
    if (memory.buffer.byteLength < bytes) memory.grow(0);
    try {
      kernels[kernel]?.[1](chunk, thread, ...given);
    } catch {
      Atomics.add(control, failuresAt, 1);
    }
    Atomics.add(control, doneAt, 1);
    Atomics.notify(control, doneAt);
  }
}

export const waitForJob = ({control}: JobBoard, last: number): string => Atomics.wait(control, ticketAt, last);

/** Waits for chunks that other threads are at; returns whether none failed. */
export function waitForDone({control}: JobBoard, chunks: number): boolean {
  for (;;) {
    const done = Atomics.load(control, doneAt);
    if (done === chunks) return Atomics.load(control, failuresAt) === 0;
    Atomics.wait(control, doneAt, done);
  }
}
