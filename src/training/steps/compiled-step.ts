import type * as tfjs from '@tensorflow/tfjs';
import {type Affine, type DType, type HostTensor, hostTensor, type PackedTensor, rows, sizeOf} from '../../core/host-tensor.js';
import {createOptimizer} from '../../optimizers/index.js';
import type {GraphUpdate} from '../../optimizers/optimizer.js';
import type {TensorflowBinding, TensorMetadata} from '../../tensor/binding.js';
import {GraphBuilder, type NodeRef} from '../../tensor/graph.js';
import {RandomStream} from '../../tensor/random.js';
import {type Feeds, Session} from '../../tensor/session.js';
import {tf} from '../../tensor/tensorflow.js';
import {Trace} from '../../tensor/trace.js';
import {
  assignedBy,
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

/** A resource variable of the graph: part of what changes from step to step, or a tensor of the data set. */
interface GraphVariable {
  /** Its name in a state, or the tensor's in the data. */
  readonly name: string;
  readonly type: DType;
  readonly shape: readonly number[];
  /** Node that names it in the graph. */
  readonly handle: NodeRef;
  /** Placeholder for a value, and a node to fetch so that the value is put there. */
  readonly feed: NodeRef;
  readonly assign: NodeRef;
}

/** Node that reads a variable as it was before the step. */
const read = ({handle}: GraphVariable): NodeRef => `${handle}/read`;

const float = {T: {type: 'float32'}} as const;

/** A program's step as a graph in the making. */
class StepGraph {
  readonly graph: GraphBuilder;
  /** Weights and optimiser slots by name. */
  readonly state = new Map<string, GraphVariable>();
  readonly data: GraphVariable[];
  /** tf.Variables behind weights and other state: slots have none, and start at zero. */
  readonly weights = new Map<tfjs.Variable, GraphVariable>();
  /** Names of the values that the node `losses` gives. */
  readonly lossNames: readonly string[];
  readonly #trace: Trace;
  #count = 0;

  constructor(program: TrainingProgram, native: TensorflowBinding) {
    this.graph = new GraphBuilder(native.addon);
    this.#trace = new Trace(native.backend, this.graph, program.precision);
    this.data = Object.entries(program.data).map(([name, {dtype, shape}]) => {
      const made = this.#variable(name, dtype, shape);
      return {...made, assign: this.#done(this.#assignment(made.handle, dtype, made.feed))};
    });
    this.lossNames = tf.tidy(() => this.#write(program));
  }

  /** Writes the step's nodes; the node `losses` waits for all of them. */
  #write(program: TrainingProgram): string[] {
    const step = tf.scalar(0, 'int32');
    this.#trace.name(step, this.graph.placeholder('step', 'int32', []));
    const batch = this.#gatherBatch(program);
    const phases = this.#trace.record(() => program.phases(batch, new RandomStream(program.seed, step)));
    for (const variable of variablesOf(phases)) this.#adopt(variable);
    const assigned = assignedBy(phases);
    const before = assigned.map((variable) => tf.clone(variable));

    const pace = {
      count: this.#countFrom1(),
      rateFactor: program.rateFactor && this.graph.placeholder('rateFactor', 'float32', []),
    };
    const done = phases.map((phase) => this.#writePhase(phase, pace));
    const assignments = assigned.map((variable) => this.#assignState(variable));
    // the trace ran the step on an example, which must not count
    for (const [index, variable] of assigned.entries()) variable.assign(before[index] as tfjs.Tensor);

    const waitFor = [...done.flatMap(({updates}) => updates), ...assignments].map((node) => `^${node}`);
    const losses = done.flatMap((phase) => Object.entries(phase.losses));
    const values = losses.map(([, node]) => node);
    this.graph.add('Pack', [...values, ...waitFor], {N: {int: values.length}, ...float, axis: {int: 0}}, 'losses');
    return losses.map(([name]) => name);
  }

  /** Number of this update as float32, 1 at step 0. */
  #countFrom1(): NodeRef {
    const next = this.graph.add('AddV2', ['step', this.graph.constant('int32', [], Int32Array.of(1))], {T: {type: 'int32'}});
    return this.graph.add('Cast', [next], {SrcT: {type: 'int32'}, DstT: {type: 'float32'}});
  }

  /** The examples that the fed indices name, gathered in the graph; uint8 is widened there. */
  #gatherBatch({data, batchSize}: TrainingProgram): Batch {
    this.graph.placeholder('indices', 'int32', [batchSize]);
    const batch = this.data.map(({name, type, shape, handle}) => {
      const found = this.graph.add('ResourceGather', [handle, 'indices'], {dtype: {type}, Tindices: {type: 'int32'}});
      // TensorFlow does not know the shape of what it gathers, and joins operations only where it knows
      const gathered = this.graph.add('EnsureShape', [found], {T: {type}, shape: {shape: [batchSize, ...shape.slice(1)]}});
      // the trace runs on real examples, repeated where the data has fewer than a batch
      const example = exampleBatch(data[name] as PackedTensor, batchSize);
      this.#trace.name(example, type === 'uint8' ? this.#widen(gathered, data[name]?.affine) : gathered);
      return [name, example] as const;
    });
    return Object.fromEntries(batch);
  }

  /** Bytes as the float32 values they stand for. */
  #widen(bytes: NodeRef, affine: Affine | undefined): NodeRef {
    const wide = this.graph.add('Cast', [bytes], {SrcT: {type: 'uint8'}, DstT: {type: 'float32'}});
    if (!affine) return wide;
    const scaled = this.graph.add('Mul', [wide, this.graph.scalar(affine.scale)], float);
    return this.graph.add('AddV2', [scaled, this.graph.scalar(affine.offset)], float);
  }

  #writePhase(
    phase: Phase,
    pace: Pick<GraphUpdate, 'count' | 'rateFactor'>,
  ): {readonly losses: Readonly<Record<string, NodeRef>>; readonly updates: readonly NodeRef[]} {
    const variables = phase.updates.flatMap((group) => group.variables);
    const {losses, gradients} = this.#trace.record(() => {
      const found = lossAndGradients(phase, variables, (tensors) =>
        Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, this.#trace.nodeOf(tensor)])),
      );
      const of = (variable: tfjs.Variable): NodeRef => this.#trace.nodeOf(gradientOf(phase, found.gradients, variable));
      return {losses: found.losses, gradients: new Map(variables.map((variable) => [variable, of(variable)]))};
    });
    // every gradient is taken before the first weight changes
    const after = [...new Set([...Object.values(losses), ...gradients.values()].map((node) => node.split(':')[0] ?? node))];
    const updates = phase.updates.flatMap(({variables: group, optimizer: config}) => {
      const optimizer = createOptimizer(config);
      return group.map((variable) => {
        const {handle} = this.weights.get(variable) as GraphVariable;
        const slots = optimizer.slots.map(
          (slot) => this.#stateVariable(slotName(phase.name, variable.name, slot), variable.shape).handle,
        );
        const gradient = gradients.get(variable) ?? '';
        const update = {variable: handle, shape: variable.shape, slots, gradient, ...pace, after};
        const updated = optimizer.graphUpdate(this.graph, update);
        this.#trace.name(variable, this.graph.add('ReadVariableOp', [handle, `^${updated}`], {dtype: {type: 'float32'}}));
        return updated;
      });
    });
    return {losses, updates};
  }

  /** Keeps what the phases assigned to a variable such as a moving average. */
  #assignState(variable: tfjs.Variable): NodeRef {
    const made = this.weights.get(variable) as GraphVariable;
    return this.#assignment(made.handle, 'float32', this.#trace.nodeOf(variable), read(made));
  }

  /** Lets a tf.Variable live in the graph; reads of it while tracing are reads of the graph's. */
  #adopt(variable: tfjs.Variable): void {
    if (variable.dtype !== 'float32')
      throw new Error(`Expected the variables of a step to be float32, got \`${variable.name}\` (${variable.dtype})`);
    if (this.#trace.knows(variable))
      throw new Error(
        `Expected \`${variable.name}\` to be read inside of a loss, got a read while the phases are made: move it into the loss, or set \`compile: false\``,
      );
    const made = this.#stateVariable(variable.name, variable.shape);
    this.weights.set(variable, made);
    this.#trace.name(variable, read(made));
  }

  #stateVariable(name: string, shape: readonly number[]): GraphVariable {
    if (this.state.has(name)) throw new Error(`Expected the variables of a step to have different names, got \`${name}\` twice`);
    const variable = this.#variable(name, 'float32', shape);
    // the fed buffer may be JavaScript's own memory, which must not be let go on one of TensorFlow's threads: keep a copy
    const copy = this.graph.add('DeepCopy', [variable.feed], float);
    const made = {...variable, assign: this.#done(this.#assignment(variable.handle, 'float32', copy))};
    this.graph.add('ReadVariableOp', [made.handle], {dtype: {type: 'float32'}}, read(made));
    this.state.set(name, made);
    return made;
  }

  #variable(name: string, type: DType, shape: readonly number[]): Omit<GraphVariable, 'assign'> {
    const node = `variable_${this.#count++}`;
    const handle = this.graph.add('VarHandleOp', [], {dtype: {type}, shape: {shape}, shared_name: {text: node}}, node);
    return {name, type, shape, handle, feed: this.graph.placeholder(`${node}/feed`, type, shape)};
  }

  /** A node with a value to fetch, which only a node with an output has. */
  #done(node: NodeRef): NodeRef {
    return this.graph.add('Identity', [this.graph.scalar(1), `^${node}`], float);
  }

  #assignment(handle: NodeRef, type: DType, value: NodeRef, ...after: readonly NodeRef[]): NodeRef {
    return this.graph.add('AssignVariableOp', [handle, value, ...after.map((node) => `^${node}`)], {dtype: {type}});
  }
}

/**
 * Traces a program once into a graph that lives in a session: weights, optimiser slots and the data set stay there as resource
 * variables, batches are gathered there, and one call is one step. Random numbers depend on the step's number, which is fed.
 */
export function compiledStep(program: TrainingProgram, native: TensorflowBinding): TrainingStep {
  checkData(program.data);
  const {graph, data, state, weights, lossNames} = new StepGraph(program, native);
  const session = new Session(native.addon, graph.load());
  for (const {name, feed, assign} of data) session.run([[feed, program.data[name] as HostTensor]], [assign]);

  const readState = (): Record<string, HostTensor> => {
    const variables = [...state.values()];
    const values = session.run([], variables.map(read));
    return Object.fromEntries(
      variables.map(({name, shape}, index) => [name, hostTensor('float32', shape, values[index] as Float32Array)]),
    );
  };
  const writeState = (given: Readonly<Record<string, HostTensor>>): void => {
    const variables = [...state.values()];
    const feeds = variables.map(({name, feed, shape}) => [feed, stateTensor(given, name, shape)] as const);
    session.run(
      feeds,
      variables.map(({assign}) => assign),
    );
  };
  const initial = new Map<string, HostTensor>();
  for (const {name, shape} of state.values()) initial.set(name, hostTensor('float32', shape, new Float32Array(sizeOf(shape))));
  for (const [variable, {name, shape}] of weights)
    initial.set(name, hostTensor('float32', shape, variable.dataSync() as Float32Array));
  writeState(Object.fromEntries(initial));

  return {
    compiled: true,
    run: (indices, firstStep) => {
      const losses = batchesOf(indices, program.batchSize).map((batch, index) => {
        const number = firstStep + index;
        const factor = program.rateFactor?.(number);
        const feeds: Feeds = [
          ['indices', hostTensor('int32', [batch.length], batch)],
          ['step', hostTensor('int32', [], Int32Array.of(number))],
          ...(factor === undefined ? [] : [['rateFactor', hostTensor('float32', [], Float32Array.of(factor))] as const]),
        ];
        return session.run(feeds, ['losses'])[0] as Float32Array;
      });
      return meanLosses(lossNames, losses);
    },
    readState,
    writeState,
    pullWeights: () => {
      const values = session.fetch([], [...weights.values()].map(read));
      for (const [index, variable] of [...weights.keys()].entries()) {
        const value = native.backend.createOutputTensor(values[index] as TensorMetadata);
        variable.assign(value);
        value.dispose();
      }
    },
    dispose: () => session.dispose(),
  };
}

/** The first `batchSize` examples of a tensor as a batch, repeated where there are fewer. */
function exampleBatch(tensor: PackedTensor, batchSize: number): tfjs.Tensor {
  const [count = 0, ...rest] = tensor.shape;
  const stride = sizeOf(rest);
  const type = tensor.dtype === 'int32' ? 'int32' : 'float32';
  const values = new (type === 'int32' ? Int32Array : Float32Array)(batchSize * stride);
  for (let start = 0; start < batchSize; start += count) {
    const {data} = rows(tensor, 0, Math.min(count, batchSize - start));
    values.set(data, start * stride);
  }
  const example = tf.tensor(values, [batchSize, ...rest], type);
  return tensor.affine ? tf.add(tf.mul(example, tensor.affine.scale), tensor.affine.offset) : example;
}
