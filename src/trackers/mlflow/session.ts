import type {MlflowClient, MlflowRun} from './client.js';

export interface Session {
  readonly client: MlflowClient;
  readonly run: MlflowRun;
  /** The part that the server already has of a run that was begun earlier; `whole` when nothing is missing. */
  readonly arrived?: Arrived | 'whole';
}

/** The part of a run that a server has. */
export interface Arrived {
  /** Metric points, counted from the run's first. */
  readonly points: number;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** Sizes in bytes by path among the artifacts. */
  readonly files: ReadonlyMap<string, number>;
}

/** Ends the run on the server; told what that refused. */
export type End = (session: Session, refusals: readonly string[]) => Promise<void>;
