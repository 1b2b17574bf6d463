import type * as tfjs from '@tensorflow/tfjs';
import type {HostTensor, PackedTensor} from '../../core/host-tensor.js';
import type {OptimizerConfig} from '../../optimizers/index.js';
import type {RandomStream} from '../../tensor/random.js';

/** Part of a step: a loss, and the variables that learn from it. A later phase's loss sees what an earlier one changed. */
export interface Phase {
  /** Name of the loss in reports, such as `reconstructionLoss`. */
  readonly name: string;
  /** Sets of variables, each with an optimiser of its own; all gradients are taken before any update. */
  readonly updates: readonly {readonly variables: readonly tfjs.Variable[]; readonly optimizer: OptimizerConfig}[];
  /** Variables that the loss assigns with `variable.assign`, such as moving averages: kept, saved and restored like weights. */
  readonly assigns?: readonly tfjs.Variable[];
  /** float32 scalars computed by tfjs operations from the batch. Reading a value in it is an error in a compiled step. */
  loss(): Loss;
}

/** A loss by itself, or with figures to report beside it, by name. */
export type Loss = tfjs.Scalar | {readonly loss: tfjs.Scalar; readonly figures: Readonly<Record<string, tfjs.Scalar>>};

/** A batch as the phases see it: float32 and int32 as they are, uint8 as the float32 values it stands for. */
export type Batch = Readonly<Record<string, tfjs.Tensor>>;

export interface TrainingProgram {
  /** Examples along the first axis, the same number in each tensor; handed over once. */
  readonly data: Readonly<Record<string, PackedTensor>>;
  readonly batchSize: number;
  /** 31-bit; with the step's number it decides all random numbers of a step. */
  readonly seed: number;
  /** bfloat16 rounds the inputs of matrix products and convolutions; only compiled steps do it. */
  readonly precision: 'float32' | 'bfloat16';
  /** False runs operation by operation, as other backends than TensorFlow always do. */
  readonly compile: boolean;
  /** Factor on every optimiser's rate at a step, counted from 0: a learning-rate schedule. */
  readonly rateFactor?: ((step: number) => number) | undefined;
  /** The parts of a step, in order. A compiled step calls it and each loss once, on an example, and repeats what they computed. */
  phases(batch: Batch, random: RandomStream): readonly Phase[];
}

export interface TrainingStep {
  readonly compiled: boolean;
  /**
   * Steps on the examples that `indices` name, batchSize of them a step; `firstStep` counts from 0. Returns each phase's loss and
   * figures, the mean over the steps. Throws when the last batch is not full.
   */
  run(indices: Int32Array, firstStep: number): Record<string, number>;
  /** Weights by variable name and optimiser slots by `<phase>/<variable>/<slot>`: all that changes from step to step. */
  readState(): Record<string, HostTensor>;
  /** Puts back what `readState` gave; throws when a tensor is missing or has another shape. */
  writeState(state: Readonly<Record<string, HostTensor>>): void;
  /** Copies weights and assigned variables into the tf.Variables they came from, for evaluation outside of the step. */
  pullWeights(): void;
  dispose(): void;
}
