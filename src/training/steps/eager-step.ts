import type * as tfjs from '@tensorflow/tfjs';
import {type Affine, type HostTensor, hostTensor} from '../../core/host-tensor.js';
import {createOptimizer} from '../../optimizers/index.js';
import type {Optimizer} from '../../optimizers/optimizer.js';
import {RandomStream} from '../../tensor/random.js';
import {tf} from '../../tensor/tensorflow.js';
import {
  batchesOf,
  checkData,
  gradientOf,
  lossAndGradients,
  meanLosses,
  slotName,
  stateTensor,
  variablesOf,
} from './step-state.js';
import type {Batch, Phase, TrainingProgram, TrainingStep} from './training-program.js';

/** Runs a program operation by operation: slower than a compiled step, the same numbers up to rounding, on every backend. */
export function eagerStep(program: TrainingProgram): TrainingStep {
  checkData(program.data);
  const data = Object.entries(program.data).map(([name, tensor]) => [name, upload(tensor)] as const);
  /** All that changes from step to step, by name; slots are made here, the rest is the program's. */
  const state = new Map<string, tfjs.Variable>();
  const slots: tfjs.Variable[] = [];
  const phasesFor = (batch: Batch, step: number): readonly Phase[] =>
    program.phases(batch, new RandomStream(program.seed, tf.scalar(step, 'int32')));

  const slotsOf = (phase: Phase, variable: tfjs.Variable, optimizer: Optimizer): tfjs.Variable[] =>
    optimizer.slots.map((slot) => {
      const name = slotName(phase.name, variable.name, slot);
      const made = state.get(name) ?? tf.variable(tf.zerosLike(variable), false);
      if (!state.has(name)) slots.push(made);
      state.set(name, made);
      return made;
    });
  /** Declares every variable before the first step, so that a checkpoint can be put back. */
  const declare = (): void =>
    tf.tidy(() => {
      const phases = phasesFor(
        Object.fromEntries(data.map(([name, tensor]) => [name, mapped(tf.slice(tensor, 0, 1), program.data[name]?.affine)])),
        0,
      );
      for (const variable of variablesOf(phases)) state.set(variable.name, variable);
      for (const phase of phases)
        for (const {variables, optimizer} of phase.updates)
          for (const variable of variables) slotsOf(phase, variable, createOptimizer(optimizer));
    });
  const update = (phase: Phase, step: number): Record<string, number> => {
    const variables = phase.updates.flatMap((group) => group.variables);
    const {losses, gradients} = lossAndGradients(phase, variables, (tensors) =>
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync()[0] ?? Number.NaN])),
    );
    const factor = program.rateFactor?.(step);
    for (const group of phase.updates) {
      const optimizer = createOptimizer(group.optimizer);
      for (const variable of group.variables) {
        const gradient = gradientOf(phase, gradients, variable);
        optimizer.eagerUpdate(variable, slotsOf(phase, variable, optimizer), gradient, step + 1, factor);
      }
    }
    return losses;
  };
  const step = (indices: Int32Array, number: number): Record<string, number> =>
    tf.tidy(() => {
      const wanted = tf.tensor1d(indices, 'int32');
      const batch = Object.fromEntries(
        data.map(([name, tensor]) => [name, mapped(tf.gather(tensor, wanted), program.data[name]?.affine)]),
      );
      return Object.assign({}, ...phasesFor(batch, number).map((phase) => update(phase, number))) as Record<string, number>;
    });

  declare();
  return {
    compiled: false,
    run: (indices, firstStep) => {
      const losses = batchesOf(indices, program.batchSize).map((batch, index) => step(batch, firstStep + index));
      return meanLosses(Object.keys(losses[0] ?? {}), losses.map(Object.values<number>));
    },
    readState: () =>
      Object.fromEntries(
        [...state].map(([name, variable]) => [
          name,
          hostTensor('float32', variable.shape, new Float32Array(variable.dataSync() as Float32Array)),
        ]),
      ),
    writeState: (given) => {
      for (const [name, variable] of state) tf.tidy(() => variable.assign(upload(stateTensor(given, name, variable.shape))));
    },
    pullWeights: () => {},
    dispose: () => {
      for (const [, tensor] of data) tensor.dispose();
      for (const slot of slots) slot.dispose();
    },
  };
}

const mapped = (values: tfjs.Tensor, affine: Affine | undefined): tfjs.Tensor =>
  affine ? tf.add(tf.mul(values, affine.scale), affine.offset) : values;

const upload = ({dtype, shape, data}: HostTensor): tfjs.Tensor =>
  dtype === 'uint8'
    ? tf.tensor(Float32Array.from(data), [...shape], 'float32')
    : tf.tensor(data.slice() as Float32Array, [...shape], dtype);
