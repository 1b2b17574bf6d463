import type * as tfjs from '@tensorflow/tfjs';
import type {HostTensor, PackedTensor} from '../../core/host-tensor.js';
import {tf} from '../../tensor/tensorflow.js';
import type {Loss, Phase} from './training-program.js';

/** Name of an optimiser slot in a state. */
export const slotName = (phase: string, variable: string, slot: string): string => `${phase}/${variable}/${slot}`;

/** All tf.Variables that the phases change: those that learn, then those that a loss assigns. */
export const variablesOf = (phases: readonly Phase[]): ReadonlySet<tfjs.Variable> =>
  new Set([...phases.flatMap((phase) => phase.updates.flatMap((group) => group.variables)), ...assignedBy(phases)]);

/** The tf.Variables that the losses assign. */
export const assignedBy = (phases: readonly Phase[]): readonly tfjs.Variable[] => [
  ...new Set(phases.flatMap((phase) => phase.assigns ?? [])),
];

/** A tensor of a checkpoint; throws when it is not there or has another shape. */
export function stateTensor(state: Readonly<Record<string, HostTensor>>, name: string, shape: readonly number[]): HostTensor {
  const tensor = state[name];
  if (!tensor) throw new Error(`Expected the checkpoint to hold \`${name}\`, got ${Object.keys(state).length} other tensors`);
  if (tensor.dtype !== 'float32' || tensor.shape.join() !== shape.join())
    throw new Error(
      `Expected the checkpoint's \`${name}\` to be float32 [${shape.join(', ')}], got ${tensor.dtype} [${tensor.shape.join(', ')}]`,
    );
  return tensor;
}

/** A loss and its figures, none when it comes by itself. */
export const withFigures = (result: Loss): Exclude<Loss, tfjs.Tensor> =>
  result instanceof tf.Tensor ? {loss: result, figures: {}} : result;

/** A phase's loss and gradients for `variables`; `read` is called with the loss and the figures, by name, while they are there. */
export function lossAndGradients<T>(
  phase: Phase,
  variables: readonly tfjs.Variable[],
  read: (losses: Readonly<Record<string, tfjs.Scalar>>) => T,
): {readonly losses: T; readonly gradients: Readonly<Record<string, tfjs.Tensor>>} {
  let losses: T | undefined;
  const {grads} = tf.variableGrads(() => {
    const {loss, figures} = withFigures(phase.loss());
    losses = read({[phase.name]: loss, ...figures});
    return loss;
  }, [...variables]);
  return {losses: losses as T, gradients: grads};
}

/** A phase's gradient for one of its variables; throws when the loss does not depend on it. */
export function gradientOf(phase: Phase, gradients: Readonly<Record<string, tfjs.Tensor>>, variable: tfjs.Variable): tfjs.Tensor {
  const gradient = gradients[variable.name];
  if (gradient) return gradient;
  throw new Error(
    `Expected the loss \`${phase.name}\` to depend on the variable \`${variable.name}\` that learns from it, got no gradient`,
  );
}

/** Splits the indices of one or several batches; throws unless they fill them. */
export function batchesOf(indices: Int32Array, batchSize: number): Int32Array[] {
  if (indices.length === 0 || indices.length % batchSize !== 0)
    throw new Error(`Expected the indices of whole batches of ${batchSize} examples, got ${indices.length} indices`);
  return Array.from({length: indices.length / batchSize}, (_, index) =>
    indices.subarray(index * batchSize, (index + 1) * batchSize),
  );
}

/** Mean of each loss over several steps. */
export function meanLosses(names: readonly string[], steps: readonly ArrayLike<number>[]): Record<string, number> {
  const mean = (index: number): number =>
    steps.reduce((total, losses) => total + (losses[index] ?? Number.NaN), 0) / steps.length;
  return Object.fromEntries(names.map((name, index) => [name, mean(index)]));
}

/** Throws when the tensors of a data set are not of the same number of examples. */
export function checkData(data: Readonly<Record<string, PackedTensor>>): void {
  const counts = Object.entries(data).map(([name, {shape}]) => ({name, count: shape[0] ?? 0}));
  if (counts.every(({count}) => count > 0 && count === counts[0]?.count)) return;
  const found = counts.map(({name, count}) => `${count} in \`${name}\``).join(', ');
  throw new Error(`Expected every tensor of the data to have the same number of examples, at least 1, got ${found}`);
}
