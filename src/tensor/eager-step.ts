import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, hostTensor} from './host-tensor.js';
import {createOptimizer, type Optimizer} from './optimizers.js';
import {RandomStream} from './random.js';
import {tf} from './tensorflow.js';
import type {Batch, Phase, TrainingProgram, TrainingStep} from './training-step.js';

/** Name of an optimiser slot in a state. */
export const slotName = (phase: string, variable: string, slot: string): string => `${phase}/${variable}/${slot}`;

/** Runs a program operation by operation: slower than a compiled step, the same numbers up to rounding, on every backend. */
export function eagerStep(program: TrainingProgram): TrainingStep {
  const data = Object.entries(program.data).map(([name, tensor]) => [name, upload(tensor)] as const);
  const state = new Map<string, tfjs.Variable>();
  const slotsOf = new Map<string, tfjs.Variable[]>();
  const phasesFor = (batch: Batch, step: number): readonly Phase[] =>
    program.phases(batch, new RandomStream(program.seed, tf.scalar(step, 'int32')));

  const slots = (phase: Phase, variable: tfjs.Variable, optimizer: Optimizer): tfjs.Variable[] => {
    const key = slotName(phase.name, variable.name, '');
    const made =
      slotsOf.get(key) ??
      optimizer.slots.map((slot) => tf.variable(tf.zerosLike(variable), false, slotName(phase.name, variable.name, slot)));
    slotsOf.set(key, made);
    for (const each of [variable, ...made]) state.set(each.name, each);
    return made;
  };
  /** Declares every variable before the first step, so that a checkpoint can be put back. */
  const declare = (): void =>
    tf.tidy(() => {
      const batch = Object.fromEntries(data.map(([name, tensor]) => [name, tf.slice(tensor, 0, 1)]));
      for (const phase of phasesFor(batch, 0))
        for (const {variables, optimizer} of phase.updates)
          for (const variable of variables) slots(phase, variable, createOptimizer(optimizer));
    });
  const update = (phase: Phase, step: number): number => {
    const variables = phase.updates.flatMap((group) => group.variables);
    const {value, grads} = tf.variableGrads(() => phase.loss(), [...variables]);
    for (const group of phase.updates) {
      const optimizer = createOptimizer(group.optimizer);
      for (const variable of group.variables)
        optimizer.eagerUpdate(variable, slots(phase, variable, optimizer), grads[variable.name] as tfjs.Tensor, step + 1);
    }
    return value.dataSync()[0] ?? Number.NaN;
  };

  declare();
  return {
    compiled: false,
    run: (indices, step) =>
      tf.tidy(() => {
        const wanted = tf.tensor1d(indices, 'int32');
        const batch = Object.fromEntries(data.map(([name, tensor]) => [name, tf.gather(tensor, wanted)]));
        return Object.fromEntries(phasesFor(batch, step).map((phase) => [phase.name, update(phase, step)]));
      }),
    readState: () =>
      Object.fromEntries(
        [...state].map(([name, variable]) => [
          name,
          hostTensor('float32', variable.shape, new Float32Array(variable.dataSync() as Float32Array)),
        ]),
      ),
    writeState: (given) => {
      for (const [name, variable] of state) tf.tidy(() => variable.assign(upload(stateTensor(given, name))));
    },
    pullWeights: () => {},
    dispose: () => {
      for (const [, tensor] of data) tensor.dispose();
      for (const variables of slotsOf.values()) for (const variable of variables) variable.dispose();
    },
  };
}

/** A tensor of a checkpoint; throws when it is not there. */
export function stateTensor(state: Readonly<Record<string, HostTensor>>, name: string): HostTensor {
  const tensor = state[name];
  if (!tensor) throw new Error(`Expected the checkpoint to hold \`${name}\`, got ${Object.keys(state).length} other tensors`);
  return tensor;
}

const upload = ({dtype, shape, data}: HostTensor): tfjs.Tensor =>
  dtype === 'uint8'
    ? tf.tensor(Float32Array.from(data), [...shape], 'float32')
    : tf.tensor(data as Float32Array, [...shape], dtype);
