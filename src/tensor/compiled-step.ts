import type * as tfjs from '@tensorflow/tfjs';
import type {Addon, TensorflowBinding} from './binding.js';
import {slotName, stateTensor} from './eager-step.js';
import {dataType, GraphBuilder, type NodeRef} from './graph.js';
import {type DataOf, type DType, type HostTensor, hostTensor, rows, sizeOf} from './host-tensor.js';
import {createOptimizer} from './optimizers.js';
import {RandomStream} from './random.js';
import {tf} from './tensorflow.js';
import {Trace} from './trace.js';
import type {Batch, Phase, TrainingProgram, TrainingStep} from './training-step.js';

/** A resource variable of the graph: part of the state that changes from step to step. */
interface GraphVariable {
  readonly name: string;
  readonly handle: NodeRef;
  readonly shape: readonly number[];
  /** Node that reads it between steps. */
  readonly read: NodeRef;
  /** The weights that it starts with and that `pullWeights` writes; slots start at zero and have none. */
  readonly weights?: tfjs.Variable;
}

const float = {dtype: {type: 'float32'}} as const;

/**
 * Traces a program once into a graph that lives in a session: weights, optimiser slots and the data set stay there as resource
 * variables, batches are gathered there, and one call is one step. Random numbers depend on the step's number, which is fed.
 */
export function compiledStep(program: TrainingProgram, native: TensorflowBinding): TrainingStep {
  return new CompiledStep(program, native);
}

class CompiledStep implements TrainingStep {
  readonly compiled = true;
  readonly #addon: Addon;
  readonly #graph: GraphBuilder;
  readonly #variables = new Map<string, GraphVariable>();
  readonly #phaseNames: readonly string[];
  readonly #session: number;

  constructor(program: TrainingProgram, native: TensorflowBinding) {
    this.#addon = native.addon;
    this.#graph = new GraphBuilder(native.addon);
    this.#phaseNames = this.#trace(program, native);
    this.#addInitialisers(program);
    this.#session = this.#graph.load();
    for (const [name, tensor] of Object.entries(program.data)) this.#call([[`data/${name}/in`, tensor]], [`data/${name}/init`]);
    const initial = [...this.#variables.values()].map(({name, shape, weights}): [string, HostTensor] => [
      name,
      hostValue(shape, weights),
    ]);
    this.writeState(Object.fromEntries(initial));
  }

  run(indices: Int32Array, step: number): Record<string, number> {
    const feeds: [string, HostTensor][] = [
      ['indices', hostTensor('int32', [indices.length], indices)],
      ['step', hostTensor('int32', [], Int32Array.of(step))],
    ];
    const [losses] = this.#call(feeds, ['losses']);
    return Object.fromEntries(this.#phaseNames.map((name, index) => [name, losses?.[index] ?? Number.NaN]));
  }

  readState(): Record<string, HostTensor> {
    const variables = [...this.#variables.values()];
    const values = this.#call(
      [],
      variables.map((variable) => variable.read),
    );
    return Object.fromEntries(
      variables.map(({name, shape}, index) => [
        name,
        hostTensor('float32', shape, new Float32Array(values[index] as Float32Array)),
      ]),
    );
  }

  writeState(state: Readonly<Record<string, HostTensor>>): void {
    const feeds = [...this.#variables.keys()].map((name): [string, HostTensor] => [`${name}/in`, stateTensor(state, name)]);
    this.#call(feeds, ['init']);
  }

  pullWeights(): void {
    const variables = [...this.#variables.values()].filter((variable) => variable.weights);
    const values = this.#call(
      [],
      variables.map((variable) => variable.read),
    );
    tf.tidy(() => {
      for (const [index, {shape, weights}] of variables.entries())
        weights?.assign(tf.tensor(values[index] as Float32Array, [...shape], 'float32'));
    });
  }

  dispose(): void {
    this.#addon.deleteSavedModel(this.#session);
  }

  /** Runs part of the graph; returns the fetched values. Goes straight to the addon: tfjs's own bookkeeping costs more than a small step. */
  #call(feeds: readonly (readonly [string, HostTensor])[], fetches: readonly NodeRef[]): tfjs.TypedArray[] {
    const inputs = feeds.map(([, {dtype, shape, data}]) => this.#addon.createTensor(shape, dataType[dtype], data));
    try {
      const names = feeds.map(([name]) => `${name}:0`).join(',');
      const outputs = this.#addon.runSavedModel(this.#session, inputs, names, fetches.map((node) => `${node}:0`).join(','));
      return outputs.map(({id}) => {
        const values = this.#addon.tensorDataSync(id);
        this.#addon.deleteTensor(id);
        return values;
      });
    } finally {
      for (const id of inputs) this.#addon.deleteTensor(id);
    }
  }

  /** Writes the step's nodes; returns the names of its losses, which the node `losses` gives in this order. */
  #trace(program: TrainingProgram, native: TensorflowBinding): readonly string[] {
    const trace = new Trace(native.backend, this.#graph, program.precision);
    return tf.tidy(() => {
      const step = tf.scalar(0, 'int32');
      trace.name(step, this.#graph.placeholder('step', 'int32', []));
      const count = this.#graph.add(
        'Cast',
        [this.#graph.add('AddV2', ['step', this.#graph.constant('int32', [], Int32Array.of(1))], {T: {type: 'int32'}})],
        {
          SrcT: {type: 'int32'},
          DstT: {type: 'float32'},
        },
      );
      const batch = this.#gatherBatch(program, trace);
      const phases = program.phases(batch, new RandomStream(program.seed, step));
      for (const variable of new Set(phases.flatMap((phase) => phase.updates.flatMap((group) => group.variables)))) {
        const {handle} = this.#declare(variable.name, variable.shape, variable);
        trace.name(variable, this.#graph.add('ReadVariableOp', [handle], float));
      }
      const losses: NodeRef[] = [];
      const updates: NodeRef[] = [];
      for (const phase of phases) {
        const traced = this.#tracePhase(phase, trace, count);
        losses.push(traced.loss);
        updates.push(...traced.updates);
      }
      this.#graph.add(
        'Pack',
        [...losses, ...updates.map((node) => `^${node}`)],
        {N: {int: losses.length}, T: {type: 'float32'}, axis: {int: 0}},
        'losses',
      );
      return phases.map((phase) => phase.name);
    });
  }

  /** The examples that the fed indices name, gathered in the graph; uint8 is widened there. */
  #gatherBatch({data, batchSize}: TrainingProgram, trace: Trace): Batch {
    this.#graph.placeholder('indices', 'int32', [batchSize]);
    const batch = Object.entries(data).map(([name, tensor]) => {
      const handle = this.#graph.add(
        'VarHandleOp',
        [],
        {dtype: {type: tensor.dtype}, shape: {shape: tensor.shape}, shared_name: {text: `data/${name}`}},
        `data/${name}`,
      );
      const gathered = this.#graph.add('ResourceGather', [handle, 'indices'], {
        dtype: {type: tensor.dtype},
        Tindices: {type: 'int32'},
      });
      const node =
        tensor.dtype === 'uint8'
          ? this.#graph.add('Cast', [gathered], {SrcT: {type: 'uint8'}, DstT: {type: 'float32'}})
          : gathered;
      // the trace runs on real examples, repeated where the data has fewer than a batch
      const example = exampleBatch(tensor, batchSize);
      trace.name(example, node);
      return [name, example] as const;
    });
    return Object.fromEntries(batch);
  }

  #tracePhase(phase: Phase, trace: Trace, count: NodeRef): {readonly loss: NodeRef; readonly updates: readonly NodeRef[]} {
    const variables = phase.updates.flatMap((group) => group.variables);
    const {loss, gradients} = trace.record(() => {
      const {value, grads} = tf.variableGrads(() => phase.loss(), [...variables]);
      const taken = variables.map((variable) => trace.nodeOf(grads[variable.name] as tfjs.Tensor));
      return {loss: trace.nodeOf(value), gradients: new Map(variables.map((variable, index) => [variable, taken[index] ?? '']))};
    });
    // every gradient is taken before the first weight changes
    const after = [...new Set([loss, ...gradients.values()].map((node) => node.split(':')[0] ?? node))];
    const updates = phase.updates.flatMap(({variables: group, optimizer: config}) => {
      const optimizer = createOptimizer(config);
      return group.map((variable) => {
        const slots = optimizer.slots.map(
          (slot) => this.#declare(slotName(phase.name, variable.name, slot), variable.shape).handle,
        );
        const target = this.#variables.get(variable.name)?.handle ?? '';
        const update = optimizer.graphUpdate(this.#graph, {
          variable: target,
          shape: variable.shape,
          slots,
          gradient: gradients.get(variable) ?? '',
          count,
          after,
        });
        trace.name(variable, this.#graph.add('ReadVariableOp', [target, `^${update}`], float));
        return update;
      });
    });
    return {loss, updates};
  }

  #declare(name: string, shape: readonly number[], weights?: tfjs.Variable): GraphVariable {
    const handle = this.#graph.add('VarHandleOp', [], {...float, shape: {shape}, shared_name: {text: name}}, name);
    const read = this.#graph.add('ReadVariableOp', [handle], float, `${name}/read`);
    const variable = {name, handle, shape, read, ...(weights && {weights})};
    this.#variables.set(name, variable);
    return variable;
  }

  /** Nodes that fill the variables from fed values: `init` for the state, `data/<name>/init` for each tensor of the data. */
  #addInitialisers({data}: TrainingProgram): void {
    const assign = (name: string, type: DType, shape: readonly number[]): NodeRef => {
      const value = this.#graph.placeholder(`${name}/in`, type, shape);
      return this.#graph.add('AssignVariableOp', [name, value], {dtype: {type}});
    };
    const done = (name: string, waiting: readonly NodeRef[]): void =>
      void this.#graph.add(
        'Identity',
        [this.#graph.scalar(1), ...waiting.map((node) => `^${node}`)],
        {T: {type: 'float32'}},
        name,
      );
    done(
      'init',
      [...this.#variables.values()].map(({name, shape}) => assign(name, 'float32', shape)),
    );
    for (const [name, {dtype, shape}] of Object.entries(data)) done(`data/${name}/init`, [assign(`data/${name}`, dtype, shape)]);
  }
}

function hostValue(shape: readonly number[], weights: tfjs.Variable | undefined): HostTensor {
  return hostTensor(
    'float32',
    shape,
    weights ? new Float32Array(weights.dataSync() as Float32Array) : new Float32Array(sizeOf(shape)),
  );
}

function exampleBatch(tensor: HostTensor, batchSize: number): tfjs.Tensor {
  const some = rows(tensor, 0, batchSize);
  const [count = 0, ...rest] = some.shape;
  if (count === 0) throw new Error('Expected data with at least one example, got none');
  const stride = sizeOf(rest);
  const data = new (some.dtype === 'int32' ? Int32Array : Float32Array)(batchSize * stride);
  for (let index = 0; index < batchSize; index++)
    data.set(some.data.subarray((index % count) * stride, ((index % count) + 1) * stride) as DataOf['float32'], index * stride);
  return tf.tensor(data, [batchSize, ...rest], some.dtype === 'int32' ? 'int32' : 'float32');
}
