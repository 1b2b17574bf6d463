import type {ResolvedNode} from '../core/node.js';
import type {PortType} from '../core/ports.js';
import type {Diagnostic} from './diagnostic.js';
import type {Span} from './read/source.js';
import type {Mapping} from './read/tree.js';

/** Where an input comes from: a stage's output port. */
export interface Edge {
  readonly stage: string;
  readonly port: string;
}

/** A stage of a checked recipe: its node found, params complete and valid, inputs joined, output types known. */
export interface Stage {
  readonly name: string;
  readonly use: string;
  readonly node: ResolvedNode;
  /** `with:` after interpolation, defaults applied; valid by the node's schema. */
  readonly params: Readonly<Record<string, unknown>>;
  /** By input port, in the order the node declares them. */
  readonly inputs: Readonly<Record<string, Edge>>;
  readonly outputs: Readonly<Record<string, PortType>>;
  /** 31-bit; the stage's own, or from the recipe's seed and the stage's name. */
  readonly seed: number;
  readonly run: StageRun;
  /** Names in MLflow's registry, by output. Never part of the key. */
  readonly register: Readonly<Record<string, string>>;
  /** Where the stage's name stands. */
  readonly span: Span;
}

/** What must hold of a stage's metric when all has run. */
export interface Check {
  /** As written. */
  readonly text: string;
  readonly stage: string;
  readonly metric: string;
  readonly operator: '>' | '>=' | '<' | '<=' | '==' | '!=';
  readonly value: number;
  readonly span: Span;
}

/** How a stage runs: `run:` with its defaults. Never part of a key. */
export interface StageRun {
  /** Seconds after which an attempt is ended; none when absent. */
  readonly timeout?: number;
  /** Attempts after the first, when a worker is lost. */
  readonly retries: number;
  readonly resources: {readonly cpu: number; readonly gpu: number};
  /** Seconds between two checkpoints. */
  readonly checkpoint: number;
  /** What a NaN or another sign of a spoilt result does to the stage. */
  readonly tripwires: 'fail' | 'warn';
}

export type BackendChoice = 'auto' | 'tensorflow' | 'wasm' | 'cpu';

/** A recipe in which nothing is wrong. Only `loadRecipe` makes one. */
export interface Recipe {
  readonly name: string;
  /** As the user gave it. */
  readonly path: string;
  /** Recipes that this one extends, the nearest first. */
  readonly bases: readonly string[];
  readonly seed: number;
  readonly backend: BackendChoice;
  /** After `--set`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** In a topological order: a stage comes after all it depends on, else as in the file. */
  readonly stages: readonly Stage[];
  readonly checks: readonly Check[];
}

/** A recipe, when there are no errors; warnings may come with it. */
export interface LoadedRecipe {
  readonly recipe?: Recipe;
  /** What the recipe was made of, everything that stands for something else replaced, each value with its place. */
  readonly tree?: Mapping;
  readonly diagnostics: readonly Diagnostic[];
}
