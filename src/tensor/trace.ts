import type * as tfjs from '@tensorflow/tfjs';
import type {Addon, Attribute, NativeBackend, TensorMetadata} from './binding.js';
import type {AttributeValue, GraphBuilder, GraphType, NodeRef} from './graph.js';

/** Inputs of a gradient operation that are shapes, not values: they keep their type. */
const shapeInput: Readonly<Record<string, number>> = {Conv2DBackpropFilter: 1, Conv2DBackpropInput: 0};
const multiplications = new Set([
  'MatMul',
  'BatchMatMul',
  'BatchMatMulV2',
  '_FusedMatMul',
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
]);

/**
 * Records what tfjs runs: while `record` is under way, each operation that goes through tfjs-node's addon is run as always and
 * also written into a graph. Tensors made on the host become constants; tensors known by `name` become inputs of the graph.
 */
export class Trace {
  readonly #backend: NativeBackend;
  readonly #graph: GraphBuilder;
  readonly #precision: 'float32' | 'bfloat16';
  /** Graph node of each eager tensor, by the addon's number. */
  readonly #nodes = new Map<number, NodeRef>();

  constructor(backend: NativeBackend, graph: GraphBuilder, precision: 'float32' | 'bfloat16') {
    this.#backend = backend;
    this.#graph = graph;
    this.#precision = precision;
  }

  /** From now on the graph's node `node` stands for `tensor`. */
  name(tensor: tfjs.Tensor, node: NodeRef): void {
    this.#nodes.set(this.#id(tensor), node);
  }

  /** The node that stands for a tensor which was computed while recording. */
  nodeOf(tensor: tfjs.Tensor): NodeRef {
    return this.#known(this.#id(tensor), 'the result');
  }

  record<T>(compute: () => T): T {
    const addon = this.#backend.binding;
    this.#backend.binding = this.#recorder(addon);
    try {
      return compute();
    } finally {
      this.#backend.binding = addon;
    }
  }

  #id(tensor: tfjs.Tensor): number {
    return this.#backend.getInputTensorIds([tensor])[0] as number;
  }

  #known(id: number, where: string): NodeRef {
    const node = this.#nodes.get(id);
    if (!node)
      throw new Error(
        `Expected the inputs of \`${where}\` to come from the batch, the variables or the step itself, got a tensor that was computed before`,
      );
    return node;
  }

  #recorder(addon: Addon): Addon {
    return Object.create(addon, {
      createTensor: {
        value: (shape: readonly number[], dtype: number, data: ArrayBufferView): number => {
          const id = addon.createTensor(shape, dtype, data);
          const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          this.#nodes.set(id, this.#graph.constant(graphType(addon, dtype), shape, bytes));
          return id;
        },
      },
      executeOp: {
        value: (
          operation: string,
          attributes: readonly Attribute[],
          inputs: readonly number[],
          outputs: number,
        ): TensorMetadata[] => {
          const results = addon.executeOp(operation, attributes, inputs, outputs);
          const nodes = inputs.map((input) => this.#known(input, operation));
          const node = this.#write(addon, operation, attributes, nodes);
          results.forEach((result, index) => {
            this.#nodes.set(result.id, index === 0 ? node : `${node}:${index}`);
          });
          return results;
        },
      },
      tensorDataSync: {
        value: (): never => {
          throw new Error(
            'Expected a compiled step to compute with tensors only, got a read of a value (dataSync, arraySync, print): move it out of the step, or set `compile: false`',
          );
        },
      },
      deleteTensor: {value: (id: number): void => addon.deleteTensor(id)},
    }) as Addon;
  }

  #write(addon: Addon, operation: string, attributes: readonly Attribute[], inputs: readonly NodeRef[]): NodeRef {
    const written: Record<string, AttributeValue> = Object.fromEntries(
      attributes.map((attribute) => [attribute.name, {eager: attribute}]),
    );
    const type = attributes.find((attribute) => attribute.name === 'T')?.value;
    if (this.#precision === 'float32' || !multiplications.has(operation) || type !== addon['TF_FLOAT'])
      return this.#graph.add(operation, inputs, written);
    // round the factors to bfloat16; the kernel adds up in float32 and its result is widened again
    const narrow = {SrcT: {type: 'float32'}, DstT: {type: 'bfloat16'}} as const;
    const factors = inputs.map((input, index) =>
      shapeInput[operation] === index ? input : this.#graph.add('Cast', [input], narrow),
    );
    const product = this.#graph.add(operation, factors, {...written, T: {type: 'bfloat16'}});
    return this.#graph.add('Cast', [product], {SrcT: {type: 'bfloat16'}, DstT: {type: 'float32'}});
  }
}

function graphType(addon: Addon, dtype: number): GraphType {
  if (dtype === addon['TF_FLOAT']) return 'float32';
  if (dtype === addon['TF_INT32']) return 'int32';
  if (dtype === addon['TF_BOOL']) return 'bool';
  if (dtype === addon['TF_UINT8']) return 'uint8';
  throw new Error(`Expected constants of float32, int32, uint8 or bool in a compiled step, got TensorFlow type ${dtype}`);
}
