import type {Digest} from './digest.js';
import type {Finding} from './finding.js';
import type {KeyFields} from './key.js';
import type {Plan, StageRun} from './plan.js';

/**
 * One try at computing one stage: a small message of names and digests, never of data. Whoever carries it out reads the
 * inputs from the store and leaves the result there, so that it can run on another machine.
 */
export interface Attempt {
  /** Submitting the same id twice starts it once. */
  readonly id: string;
  /** Run that it belongs to, by which `events` gives its events. */
  readonly runId: string;
  /** URL of the store that has its inputs and takes its result. */
  readonly store: string;
  readonly stage: string;
  readonly key: Digest;
  /** Key under which a finished stage leaves its end for a longer one to continue; absent for stages that cannot be extended. */
  readonly continuation?: Digest;
  readonly fields: KeyFields;
  readonly use: string;
  /** Compiled module of a plugin, as a URL of a file that the worker must see; our own node types are found by `use`. */
  readonly pluginModule?: string;
  /** Time limit, checkpoints and tripwires are kept where it runs; resources are the executor's, retries the run's. */
  readonly run: StageRun;
  /** Computes from the start, whatever stands in the store; the result replaces what does. */
  readonly fresh?: boolean;
  /** With those that are not in the key. */
  readonly params: Readonly<Record<string, unknown>>;
  /** By input port: key of the record that holds it, and the output port there. */
  readonly inputs: Readonly<Record<string, {readonly key: Digest; readonly port: string}>>;
}

/** Events of an attempt. The result itself is the record in the store. */
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

/** Capabilities of an executor: plans and sessions ask for these, and assume nothing else. */
export interface ExecutorCapabilities {
  /** True when workers see the files of this machine: a store in a folder, the module of a plugin. */
  readonly sharedFiles: boolean;
  /** Number of processors that its attempts share. */
  readonly slots: number;
  readonly gpus: number;
}

/** Runs attempts: worker processes on this machine, another day a cluster. Every implementation passes test/contracts/executors. */
export interface Executor {
  readonly can: ExecutorCapabilities;
  /** Looks at a plan before it runs; a finding that is `missing` is a reason not to run it. */
  check(plan: Plan): Promise<readonly Finding[]>;
  /** Takes attempts over, each id once. They wait for free slots in the order they came. */
  submit(attempts: readonly Attempt[]): Promise<void>;
  /**
   * Events of a run's attempts in order, from the first; each attempt ends in `finished`, `held` or `failed`. Calling it again
   * reattaches: what has happened comes again, but for progress that is out of date. Ends when the executor is closed.
   */
  events(runId: string): AsyncIterable<AttemptEvent>;
  /** Asks these attempts to stop; one that has not after `graceMilliseconds` is killed. Ids that are unknown or have ended are left alone. */
  cancel(ids: readonly string[], graceMilliseconds: number): Promise<void>;
  /** Ends all workers; resolves when no process is left. */
  close(): Promise<void>;
}
