import type {Digest} from './digest.js';
import type {KeyFields, Numerics} from './key.js';
import type {StageRun} from './plan.js';

/**
 * One try at computing one stage: a small message of names and digests, never of data. Whoever carries it out reads the
 * inputs from the store and leaves the result there, so that it can run on another machine.
 */
export interface Attempt {
  /** Submitting the same id twice starts it once. */
  readonly id: string;
  readonly stage: string;
  readonly key: Digest;
  /** Where a finished run leaves its end for a longer one, and where that looks; absent for stages that cannot go on. */
  readonly continuation?: Digest;
  readonly fields: KeyFields;
  readonly use: string;
  /** Module of a plugin, as a file URL; our own node types are found by `use`. */
  readonly plugin?: string;
  /** How it runs: what is carried out where it runs. */
  readonly run: StageRun;
  /** From the start, whatever stands in the store; the result replaces what does. */
  readonly fresh?: boolean;
  /** With those that are not in the key. */
  readonly params: Readonly<Record<string, unknown>>;
  /** By input port: key of the record that holds it, and the output port there. */
  readonly inputs: Readonly<Record<string, {readonly key: Digest; readonly port: string}>>;
  readonly numerics: Numerics | null;
}

/** What becomes of an attempt. The result itself is the record in the store. */
export type AttemptEvent = {readonly attempt: string} & (
  | {readonly type: 'started'}
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly figures: Readonly<Record<string, number>>;
    }
  | {readonly type: 'metrics'; readonly step: number; readonly time: number; readonly values: Readonly<Record<string, number>>}
  /** A PNG that the store has. */
  | {readonly type: 'picture'; readonly name: string; readonly step: number; readonly digest: Digest}
  | {readonly type: 'log'; readonly text: string}
  | {readonly type: 'finished'}
  /** Not begun: another run computes the same. */
  | {readonly type: 'held'}
  | {readonly type: 'failed'; readonly failure: AttemptFailure}
);

export type AttemptFailure =
  /** The node threw: its message, and where. */
  | {readonly reason: 'error'; readonly message: string; readonly stack: string; readonly tail: string}
  /** The worker ended without an answer: killed, out of memory, or it called exit. */
  | {readonly reason: 'lost'; readonly message: string; readonly stack: ''; readonly tail: string}
  /** It took longer than its `run.timeout`. */
  | {readonly reason: 'timeout'; readonly message: string; readonly stack: ''; readonly tail: string}
  /** Stopped because it was asked to. */
  | {readonly reason: 'cancelled'; readonly message: string};

/** Carries attempts out, wherever: worker processes here; another day a cluster. Every implementation passes test/contracts/executor. */
export interface Executor {
  /** Idempotent by attempt id. Attempts wait for a free slot in the order they came. */
  submit(attempt: Attempt): void;
  /** Every event of every attempt, in order; each attempt ends in `finished`, `held` or `failed`. */
  onEvent(listener: (event: AttemptEvent) => void): void;
  /** Asks all attempts to stop; what has not after `graceMilliseconds` is killed. */
  cancel(graceMilliseconds: number): void;
  /** Ends idle workers; resolves when no process is left. */
  close(): Promise<void>;
}
