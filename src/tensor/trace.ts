import type * as tfjs from '@tensorflow/tfjs';
import {type Addon, type Attribute, dataType, type GraphType, type NativeBackend, type TensorMetadata} from './binding.js';
import type {AttributeValue, GraphBuilder, NodeRef} from './graph.js';

/** Inputs of a gradient operation that are shapes, not values: they keep their type. */
const shapeInput: Readonly<Record<string, number>> = {Conv2DBackpropFilter: 1, Conv2DBackpropInput: 0};
const multiplications = new Set([
  'MatMul',
  'BatchMatMul',
  'BatchMatMulV2',
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
]);
/** Operations that TensorFlow computes together with a product or convolution before it, so these take its result before it is widened. */
const joinedToProduct = new Set(['BiasAdd', 'Relu']);
/** Operations whose numbers depend on how often they ran before. */
const drawsFromState = new Set([
  'Multinomial',
  'ParameterizedTruncatedNormal',
  'RandomGamma',
  'RandomShuffle',
  'RandomStandardNormal',
  'RandomUniform',
  'RandomUniformInt',
  'TruncatedNormal',
]);

/**
 * Records what tfjs runs: while `record` is under way, each operation that goes through tfjs-node's addon is run as always and
 * also written into a graph. Tensors known by `name` become what they are named; all others, made on the host or computed before,
 * become constants.
 */
export class Trace {
  readonly #backend: NativeBackend;
  readonly #graph: GraphBuilder;
  readonly #precision: 'float32' | 'bfloat16';
  /** Graph node of each eager tensor, by the addon's number. */
  readonly #nodes = new Map<number, NodeRef>();
  /** The bfloat16 node that a node was widened from. */
  readonly #widened = new Map<NodeRef, NodeRef>();
  /** Name of a node once it is rounded to bfloat16. */
  readonly #narrowed = new Map<NodeRef, NodeRef>();

  constructor(backend: NativeBackend, graph: GraphBuilder, precision: 'float32' | 'bfloat16') {
    this.#backend = backend;
    this.#graph = graph;
    this.#precision = precision;
  }

  /** From now on the graph's node `node` stands for `tensor`. */
  name(tensor: tfjs.Tensor, node: NodeRef): void {
    this.#nodes.set(this.#id(tensor), node);
  }

  /** True when a node stands for the tensor already. */
  knows(tensor: tfjs.Tensor): boolean {
    return this.#nodes.has(this.#id(tensor));
  }

  /** The node that stands for a tensor: its name, what computed it, or else a constant. */
  nodeOf(tensor: tfjs.Tensor): NodeRef {
    return this.#node(this.#backend.binding, this.#id(tensor));
  }

  /** Runs `compute` and writes it down. Throws where it does what no graph can repeat; the message names the operation. */
  record<T>(compute: () => T): T {
    const addon = this.#backend.binding;
    const hostRandom = Math.random;
    const {stackTraceLimit} = Error;
    this.#backend.binding = this.#recorder(addon);
    Math.random = refuseHostRandom;
    // tfjs's own frames must not crowd out the step's
    Error.stackTraceLimit = 60;
    try {
      return compute();
    } catch (error) {
      throw located(error);
    } finally {
      this.#backend.binding = addon;
      Math.random = hostRandom;
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  #id(tensor: tfjs.Tensor): number {
    return this.#backend.getInputTensorIds([tensor])[0] as number;
  }

  #node(addon: Addon, id: number): NodeRef {
    const node = this.#nodes.get(id) ?? this.#capture(addon, id);
    this.#nodes.set(id, node);
    return node;
  }

  /** The present value of a tensor from outside of the step, as a constant. */
  #capture(addon: Addon, id: number): NodeRef {
    const [{id: copy, dtype, shape}] = addon.executeOp('Identity', [], [id], 1) as [TensorMetadata];
    const values = addon.tensorDataSync(copy);
    addon.deleteTensor(copy);
    return this.#graph.constant(graphType(dtype), shape, values);
  }

  #recorder(addon: Addon): Addon {
    const createTensor: Addon['createTensor'] = (shape, dtype, data) => {
      const id = addon.createTensor(shape, dtype, data);
      this.#nodes.set(id, this.#graph.constant(graphType(dtype), shape, data as Uint8Array));
      return id;
    };
    const executeOp: Addon['executeOp'] = (operation, attributes, inputs, outputs) => {
      if (drawsFromState.has(operation)) throw new Error(notRepeatable(`\`${operation}\``));
      const nodes = inputs.map((input) => this.#node(addon, input));
      const results = addon.executeOp(operation, attributes, inputs, outputs);
      const [named, ...known] = plain(operation, complete(addon, operation, attributes, results), results);
      const node = this.#write(named, known, nodes);
      for (const [index, {id}] of results.entries()) this.#nodes.set(id, index === 0 ? node : `${node}:${index}`);
      return results;
    };
    return Object.create(addon, {
      createTensor: {value: createTensor},
      executeOp: {value: executeOp},
      deleteTensor: {value: (id: number): void => addon.deleteTensor(id)},
      tensorDataSync: {value: refuseReading},
      runSavedModel: {value: refuseSession},
    }) as Addon;
  }

  #write(operation: string, attributes: readonly Attribute[], inputs: readonly NodeRef[]): NodeRef {
    const written: Record<string, AttributeValue> = Object.fromEntries(
      attributes.map((attribute) => [attribute.name, {eager: attribute}]),
    );
    const type = attributes.find((attribute) => attribute.name === 'T')?.value;
    if (this.#precision === 'float32' || type !== dataType.float32) return this.#graph.add(operation, inputs, written);
    const joins = joinedToProduct.has(operation) && this.#widened.has(inputs[0] ?? '');
    if (!joins && !multiplications.has(operation)) return this.#graph.add(operation, inputs, written);
    // the kernel adds up in float32, rounds its result and that is widened again
    const narrow = inputs.map((input, index) => (shapeInput[operation] === index ? input : this.#narrow(input)));
    const product = this.#graph.add(operation, narrow, {...written, T: {type: 'bfloat16'}});
    const wide = this.#graph.add('Cast', [product], {SrcT: {type: 'bfloat16'}, DstT: {type: 'float32'}});
    this.#widened.set(wide, product);
    return wide;
  }

  #narrow(node: NodeRef): NodeRef {
    const narrowed =
      this.#widened.get(node) ??
      this.#narrowed.get(node) ??
      this.#graph.add('Cast', [node], {SrcT: {type: 'float32'}, DstT: {type: 'bfloat16'}});
    this.#narrowed.set(node, narrowed);
    return narrowed;
  }
}

/** tfjs-node 4.22 leaves out one type that a graph needs (found by comparing all its kernels with TensorFlow's own definitions). */
function complete(
  addon: Addon,
  operation: string,
  attributes: readonly Attribute[],
  [result]: readonly TensorMetadata[],
): readonly Attribute[] {
  if (operation !== 'ExpandDims' || attributes.length > 0) return attributes;
  return [{name: 'T', type: addon['TF_ATTR_TYPE'] as number, value: result?.dtype}];
}

/** tfjs multiplies matrices as batches of one; TensorFlow joins what follows (bias, activation) only to a plain product. */
function plain(
  operation: string,
  attributes: readonly Attribute[],
  [result]: readonly TensorMetadata[],
): readonly [string, ...Attribute[]] {
  if (operation !== 'BatchMatMulV2' || result?.shape.length !== 2) return [operation, ...attributes];
  const names: Readonly<Record<string, string>> = {adj_x: 'transpose_a', adj_y: 'transpose_b'};
  return ['MatMul', ...attributes.map((attribute) => ({...attribute, name: names[attribute.name] ?? attribute.name}))];
}

/** Says where the step's own code was when it failed: the first place outside of tfjs and of the compiler of steps. */
function located(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.find((line) => !/node_modules|node:|[/\\]tensor[/\\][\w-]+\.js/.test(line));
  const place = own && /([^\s(]+:\d+:\d+)\)?$/.exec(own)?.[1]?.replace('file://', '');
  if (place) error.message += ` (at ${place})`;
  return error;
}

function graphType(dtype: number): GraphType {
  for (const type of ['float32', 'int32', 'bool', 'uint8'] as const) if (dataType[type] === dtype) return type;
  throw new Error(
    `Expected the tensors of a compiled step to be float32, int32, bool or uint8, got TensorFlow's type ${dtype}; cast them, or set \`compile: false\``,
  );
}

const notRepeatable = (what: string): string =>
  `Expected the random numbers of a step to come from its \`random\`, got ${what}, which a compiled step cannot draw anew: use random.uniform, normal or bernoulli, or set \`compile: false\``;

function refuseHostRandom(): never {
  throw new Error(notRepeatable('Math.random (tf.randomUniform, tf.randomNormal, tf.dropout and others call it)'));
}

function refuseReading(): never {
  throw new Error(
    'Expected a compiled step to compute with tensors only, got a read of a value (dataSync, arraySync, print; tf.gather reads its indices, tf.oneHot and a product do not): move it out of the step, or set `compile: false`',
  );
}

function refuseSession(): never {
  throw new Error(
    'Expected a compiled step to be made of operations, got a saved model: run it outside, or set `compile: false`',
  );
}
