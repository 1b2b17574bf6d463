/** Progress and figures of a running stage; each becomes an event of the run. */
export interface StageReporter {
  /** `done` of `total` units; `figures` are shown beside the bar. */
  progress(done: number, total: number, unit: string, figures?: Readonly<Record<string, number>>): void;
  /** Named numbers at a step (an epoch, usually); a name such as `reconstructionLoss` or `validation/reconstructionLoss`. */
  metrics(step: number, values: Readonly<Record<string, number>>): void;
  /** A PNG of how far it has come, such as a grid of samples after a step: kept in the run's folder, no part of the result. */
  picture(name: string, step: number, png: Uint8Array): void;
  /** One line for the log. */
  log(text: string): void;
}

/** Saved states that an interrupted stage resumes from. Bytes are opaque to the runner; a checkpoint is whole or absent. */
export interface Checkpoints {
  /** Seconds between two. */
  readonly everySeconds: number;
  /** The newest complete checkpoint of this very stage key, if one is there. */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
  /** The end of the longest finished run of this stage that differs only in params marked `x-extends`, such as its number of epochs. */
  loadFinished(): Promise<Uint8Array | undefined>;
  /** Keeps the end of this run, which a longer one extends. */
  saveFinished(bytes: Uint8Array): Promise<void>;
}

/** Services of a stage for the computation that runs in it. */
export interface StageContext {
  /** 31-bit, from the recipe's seed and the stage's name; reading it is an error unless the node declares `drawsRandom`. */
  readonly seed: number;
  readonly report: StageReporter;
  /** Aborted when the run is cancelled: write a checkpoint, then throw `Interrupted`. */
  readonly signal: AbortSignal;
  readonly checkpoints: Checkpoints;
  /** Tells of a result that is spoilt, in one sentence: throws a `Tripped`, or warns and returns, as the stage's `run.tripwires` says. */
  readonly trip?: (sentence: string) => void;
}

/** A tripwire's sentence: what was computed is spoilt. */
export class Tripped extends Error {}

/** Thrown by a stage that stopped because its signal was aborted. */
export class Interrupted extends Error {}
