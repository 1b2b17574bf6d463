import type {TSchema} from '@sinclair/typebox';
import type * as tfjs from '@tensorflow/tfjs';
import type {Shape} from '../core/ports.js';
import type {RandomStream} from '../tensor/random.js';

export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
  /** `glorot`: uniform in ±√(6 / (fanIn + fanOut)), Glorot and Bengio 2010. */
  readonly initial:
    | {readonly kind: 'zeros' | 'ones'}
    | {readonly kind: 'glorot'; readonly fanIn: number; readonly fanOut: number};
  /** False for what no optimiser touches, such as a moving average that `apply` assigns while training. */
  readonly learns?: false;
}

export interface ApplyContext {
  /** `training` drops units; `evaluation` is deterministic. */
  readonly mode: 'training' | 'evaluation';
  /** Where dropout takes its random numbers from; needed in training mode. */
  readonly random?: RandomStream;
}

/** A layer that cannot take its input: one sentence, and what would help. */
export interface ShapeProblem {
  readonly problem: string;
  readonly hint?: string;
}

/** A kind of layer: what may stand under its name in a recipe, the shapes it gives, the weights it has, what it computes. */
export interface LayerKind<P = unknown> {
  readonly name: string;
  readonly summary: string;
  /** Schema of what follows the name; `undefined` for a layer that is written as its bare name. */
  readonly params: TSchema | undefined;
  /** True when its bare name will do although it has params. */
  readonly bare?: true;
  /** Brings a shorthand (`dense: 392`) to its full form. */
  readonly complete: (written: unknown) => P;
  readonly outputShape: (params: P, input: Shape) => Shape | ShapeProblem;
  readonly weights: (params: P, input: Shape) => readonly WeightSpec[];
  readonly apply: (
    input: tfjs.Tensor,
    weights: Readonly<Record<string, tfjs.Tensor>>,
    params: P,
    context: ApplyContext,
  ) => tfjs.Tensor;
}

/** Keeps a kind's own param type while it is written, and hands it out as one of many. */
export function defineLayer<P>(kind: LayerKind<P>): LayerKind {
  return kind as unknown as LayerKind;
}

export const isProblem = (result: Shape | ShapeProblem): result is ShapeProblem => 'problem' in result;

export const showShape = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;
