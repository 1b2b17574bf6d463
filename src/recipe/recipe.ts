import type {ResolvedNode} from '../core/node.js';
import type {Edge, PlannedCheck, StageRun} from '../core/plan.js';
import type {PortType} from '../core/ports.js';
import type {Diagnostic} from './diagnostic.js';
import type {Span} from './read/source.js';
import type {Mapping} from './read/tree.js';

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

/** A check that still knows its place in the source. */
export type Check = Omit<PlannedCheck, 'place'> & {readonly span: Span};

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
  /** The source of the recipe with every reference replaced, each value with its place. */
  readonly tree?: Mapping;
  readonly diagnostics: readonly Diagnostic[];
}
