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

/** The shape that a layer gives, or why it cannot take its input. */
export type ShapeFit = {readonly status: 'fits'; readonly shape: Shape} | Misfit;

/** Layers that cannot take their input: one sentence, and what would help. */
export interface Misfit {
  readonly status: 'misfit';
  readonly problem: string;
  readonly hint?: string;
}

export const fits = (shape: Shape): ShapeFit => ({status: 'fits', shape});

export const misfit = (problem: string, hint?: string): Misfit => ({status: 'misfit', problem, ...(hint && {hint})});

/** A kind of layer: what may stand under its name in a recipe, the shapes it gives, the weights it has, what it computes. */
export interface LayerKind<P = unknown> {
  readonly name: string;
  readonly description: string;
  /** Schema of what follows the name; `undefined` for a layer that is written as its bare name. */
  readonly params: TSchema | undefined;
  /** True when its bare name will do although it has params. */
  readonly bare?: true;
  /** Brings a shorthand (`dense: 392`) to its full form. */
  readonly complete: (written: unknown) => P;
  readonly outputShape: (params: P, input: Shape) => ShapeFit;
  readonly weights: (params: P, input: Shape) => readonly WeightSpec[];
  readonly apply: (
    input: tfjs.Tensor,
    weights: Readonly<Record<string, tfjs.Tensor>>,
    params: P,
    context: ApplyContext,
  ) => tfjs.Tensor;
}

type OwnParts = 'name' | 'description' | 'apply';

/** A kind of layer as one of many: written as its bare name, of the shape of its input and without weights, where it says nothing else. */
export function defineLayer<P>(kind: Pick<LayerKind<P>, OwnParts> & Partial<Omit<LayerKind<P>, OwnParts>>): LayerKind {
  const usual = {
    params: undefined,
    complete: () => undefined,
    outputShape: (_params: P, input: Shape) => fits(input),
    weights: () => [],
  };
  return {...usual, ...kind} as unknown as LayerKind;
}

export const showShape = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;
