import type {CheckPlace} from './events.js';
import type {KeyFields} from './key.js';
import type {PortType} from './ports.js';

/** Where an input comes from: a stage's output port. */
export interface Edge {
  readonly stage: string;
  readonly port: string;
}

/** Settings of `run:` with their defaults. Never part of a key. */
export interface StageRun {
  /** Seconds after which an attempt is ended; none when absent. */
  readonly timeout?: number;
  /** Attempts after the first, when a worker is lost. */
  readonly retries: number;
  readonly resources: {readonly cpu: number; readonly gpu: number};
  /** Seconds between two checkpoints. */
  readonly checkpoint: number;
  /** Effect of a NaN or another sign of a spoilt result on the stage. */
  readonly tripwires: 'fail' | 'warn';
}

/** A line of YAML, and where its values were written; empty where they follow in lines of their own. */
export type ResolvedLine = readonly [line: string, origin: string];

/** One of the recipe's `checks`: what must hold of a stage's metric when all has run. */
export interface PlannedCheck {
  /** As written. */
  readonly text: string;
  readonly stage: string;
  readonly metric: string;
  readonly operator: '>' | '>=' | '<' | '<=' | '==' | '!=';
  readonly value: number;
  readonly place: CheckPlace;
}

/** A stage, with all of its key that is known before its inputs are. */
export interface PlannedStage {
  readonly name: string;
  readonly use: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, Edge>>;
  /** Types and shapes of what it gives, for display. */
  readonly outputs: Readonly<Record<string, PortType>>;
  /** Stages whose outputs it takes. */
  readonly after: readonly string[];
  /** Settings of `run:`; never part of the key. */
  readonly run: StageRun;
  /** Names of its models in MLflow's registry, by output; never part of the key. */
  readonly register?: Readonly<Record<string, string>>;
  /** Computed anew, cached or not. */
  readonly fresh?: boolean;
  /** File URL of the module of a plugin; our own node types are found by `use`. */
  readonly plugin?: string;
  readonly fields: Omit<KeyFields, 'inputs' | 'types'>;
  /** Params that only say how far the stage goes (`x-extends`): a finished run can be extended by raising them. */
  readonly extending: readonly string[];
}

/** A checked recipe, ready to run: plain data, so that it can be kept, sent and compared. Only `makePlan` makes one. */
export interface Plan {
  readonly recipe: {
    readonly name: string;
    /** As the user gave it. */
    readonly path: string;
    readonly seed: number;
    /** After `--set`. */
    readonly params: Readonly<Record<string, unknown>>;
  };
  /** In topological order. */
  readonly stages: readonly PlannedStage[];
  readonly checks: readonly PlannedCheck[];
  /** False when files outside of recipes and code take part, so that the same recipe may give another plan tomorrow. */
  readonly lasting: boolean;
  /** The finished recipe with the origin of every value. For display; absent when the plan was not made by a command. */
  readonly resolved?: readonly ResolvedLine[];
}
