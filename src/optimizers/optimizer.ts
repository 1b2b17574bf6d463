import {type Static, type TObject, Type} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import type {GraphBuilder, NodeRef} from '../tensor/graph.js';

/** Nodes that one update works on in a graph: a resource variable, its slots, its gradient; `count` is 1 at the first update. */
export interface GraphUpdate {
  readonly variable: NodeRef;
  readonly shape: readonly number[];
  readonly slots: readonly NodeRef[];
  readonly gradient: NodeRef;
  /** float32 scalar. */
  readonly count: NodeRef;
  /** float32 scalar that the rate is multiplied by, when it changes from step to step. */
  readonly rateFactor?: NodeRef | undefined;
  /** Nodes that must have run before. */
  readonly after: readonly NodeRef[];
}

/** An optimiser with its settings. Slots are float32, shaped like the variable, zero at first. */
export interface Optimizer {
  readonly slots: readonly string[];
  /** Adds the update to a graph as one of TensorFlow's training kernels; returns the node to wait for. */
  graphUpdate(graph: GraphBuilder, update: GraphUpdate): NodeRef;
  /** The same update, operation by operation; `count` is 1 at the first update. */
  eagerUpdate(
    variable: tfjs.Variable,
    slots: readonly tfjs.Variable[],
    gradient: tfjs.Tensor,
    count: number,
    rateFactor?: number,
  ): void;
}

/** A kind of optimiser: its settings with their defaults, the only ones there are, and the updates that follow from them. */
export interface OptimizerKind<P extends TObject = TObject> {
  readonly settings: P;
  create(settings: Static<P>): Optimizer;
}

export function defineOptimizer<P extends TObject>(kind: OptimizerKind<P>): OptimizerKind<P> {
  return kind;
}

export const rateSetting = (fallback: number) =>
  Type.Number({exclusiveMinimum: 0, maximum: 100, default: fallback, description: 'Learning rate.'});

export const decaySetting = (fallback: number, {description}: {readonly description: string}) =>
  Type.Number({minimum: 0, exclusiveMaximum: 1, default: fallback, description});

export const epsilonSetting = (fallback: number) =>
  Type.Number({exclusiveMinimum: 0, default: fallback, description: 'Keeps the division finite.'});

export const float = {T: {type: 'float32'}} as const;

/** A rate as it is at this step. */
export const rateNode = (graph: GraphBuilder, rate: number, factor: NodeRef | undefined): NodeRef =>
  factor === undefined ? graph.scalar(rate) : graph.add('Mul', [graph.scalar(rate), factor], float);

/** Nodes as control inputs. */
export const waitFor = (nodes: readonly NodeRef[]): NodeRef[] => nodes.map((node) => `^${node}`);
