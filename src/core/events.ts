import type {Digest} from './digest.js';
import type {MetricPoint} from './store.js';

/**
 * What happens in a run, in order. The terminal, the journal, MLflow and the report are listeners of this one stream;
 * the journal keeps each event as a line of JSON.
 */
export type RunEvent = {
  /** Milliseconds since 1970. */
  readonly time: number;
} & (
  | RunStarted
  | StageCached
  | StageStarted
  | StageProgress
  | StageMetrics
  | StagePicture
  | SystemMetrics
  | StageLog
  | StageFinished
  | StageFailed
  | StageSkipped
  | CheckFailed
  | RunFinished
);

export interface RunStarted {
  readonly type: 'run-started';
  /** Of the format of events (src/core/event-schemas.ts); journals of before it have none. */
  readonly version?: 1;
  readonly runId: string;
  /** Folder of the run, absolute. */
  readonly folder: string;
  readonly recipe: {
    readonly name: string;
    readonly path: string;
    readonly seed: number;
    readonly params: Readonly<Record<string, unknown>>;
  };
  /** Every stage's resolved `with`, in plan order, for parameter tables. */
  readonly stages: readonly {
    readonly name: string;
    readonly use: string;
    readonly with: Readonly<Record<string, unknown>>;
    readonly after: readonly string[];
    /** Names in MLflow's registry, by output. */
    readonly register?: Readonly<Record<string, string>>;
  }[];
  readonly environment: Readonly<Record<string, string>>;
  /** Name of the process that runs it (util/process-name), by which others tell whether the run still goes on. */
  readonly process?: string;
}

export interface StageOutput {
  readonly kind: string;
  readonly digest: Digest;
  /** Files by name; `path` is absolute and readable while the run is kept. */
  readonly files: readonly {readonly name: string; readonly digest: Digest; readonly bytes: number; readonly path: string}[];
}

export interface StageCached {
  readonly type: 'stage-cached';
  readonly stage: string;
  readonly key: Digest;
  /** What it took when it was computed. */
  readonly seconds: number;
  readonly outputs: Readonly<Record<string, StageOutput>>;
  /** The metrics it reported then. */
  readonly metrics: readonly MetricPoint[];
  /** Whether computing it twice gave the same bytes, when somebody tried (`pipeline verify`). */
  readonly deterministic?: boolean;
}

export interface StageStarted {
  readonly type: 'stage-started';
  readonly stage: string;
  readonly key: Digest;
  /** Why it was not taken from the cache. */
  readonly reason: string;
}

export interface StageProgress {
  readonly type: 'stage-progress';
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly figures: Readonly<Record<string, number>>;
}

export interface StageMetrics {
  readonly type: 'stage-metrics';
  readonly stage: string;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A picture of a stage at work. */
export interface StagePicture {
  readonly type: 'stage-picture';
  readonly stage: string;
  readonly name: string;
  readonly step: number;
  /** PNG file, absolute: `<run>/pictures/<stage>/<name>-<step>.png`. */
  readonly path: string;
}

/** How busy the machine is, told every few seconds. */
export interface SystemMetrics {
  readonly type: 'system-metrics';
  readonly step: number;
  /** Percent and megabytes, by the names of MLflow's own clients. */
  readonly values: Readonly<Record<string, number>>;
}

export interface StageLog {
  readonly type: 'stage-log';
  readonly stage: string;
  readonly text: string;
}

export interface StageFinished {
  readonly type: 'stage-finished';
  readonly stage: string;
  readonly key: Digest;
  readonly seconds: number;
  /** Largest resident set of the worker while this stage ran. */
  readonly peakBytes: number;
  readonly outputs: Readonly<Record<string, StageOutput>>;
}

export interface StageFailed {
  readonly type: 'stage-failed';
  readonly stage: string;
  readonly message: string;
  /** Where the node threw; empty when the worker was lost. For the journal, not for the terminal. */
  readonly stack: string;
  /** Last lines the worker wrote. */
  readonly tail: string;
}

export interface StageSkipped {
  readonly type: 'stage-skipped';
  readonly stage: string;
  /** The stage whose failure made this one impossible. */
  readonly because: string;
}

/** Where a check stands, and the line it stands in. */
export interface CheckPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly text: string;
}

/** One of the recipe's `checks` that does not hold, told when all stages are done. */
export interface CheckFailed {
  readonly type: 'check-failed';
  readonly check: string;
  readonly stage: string;
  readonly message: string;
  readonly place: CheckPlace;
}

export interface RunFinished {
  readonly type: 'run-finished';
  readonly outcome: 'done' | 'failed' | 'interrupted' | 'check-failed';
  readonly seconds: number;
}
