import type * as tfjs from '@tensorflow/tfjs';
import type {Network} from '../networks/network.js';
import type {RandomStream} from '../tensor/random.js';
import type {Batch, Phase} from './steps/training-program.js';

/** Networks by name; an optional one may be absent. */
export type Networks = Readonly<Record<string, Network | undefined>>;

/** The goal of a training: the networks that learn, the parts of a step, and the figures of a validation split. */
export interface Objective<N extends Networks = Networks> {
  readonly networks: N;
  /** Parts of a step, in order; see `TrainingProgram`. */
  phases(batch: Batch, random: RandomStream): readonly Phase[];
  /** Figures of a batch in evaluation mode, float32: a scalar is the mean over the batch, [batch] has a value for each example. */
  measure?(batch: Batch, random: RandomStream): Readonly<Record<string, tfjs.Tensor>>;
}
