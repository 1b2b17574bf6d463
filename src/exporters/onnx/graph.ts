import {sizeOf} from '../../core/host-tensor.js';
import {bytes, type Field, float, floats, integer, join, message, text} from './protobuf.js';

/** A value of an ONNX attribute; whole numbers are integers, `{float}` is for the others. */
type AttributeValue =
  | number
  | string
  | readonly number[]
  | {readonly float: number}
  | {readonly floats: Float32Array}
  | {readonly strings: readonly string[]};

const elementType = {float32: 1, int64: 7} as const;
/** The operator set of ONNX 1.12, which runtimes since 2022 take. */
const operatorSet = 17;
const formatVersion = 8;
/** Operators on trees and the like have a set of their own. */
const treeOperators = {domain: 'ai.onnx.ml', version: 3} as const;

/** Writes an ONNX model of one input and one output, both float32 [batch, …]. Source: onnx.proto3, ONNX 1.12. */
export class OnnxGraph {
  readonly #nodes: Field[] = [];
  readonly #constants: Field[] = [];
  #count = 0;
  #usesTrees = false;

  /** Adds an operation on trees. */
  addOfTrees(operation: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>>): string {
    this.#usesTrees = true;
    return this.add(operation, inputs, attributes, text(7, treeOperators.domain));
  }

  /** Adds an operation; returns the name of its result. */
  add(
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    ...domain: readonly Field[]
  ): string {
    const name = `${operation}_${this.#count++}`;
    this.#nodes.push(
      message(
        1,
        ...inputs.map((input) => text(1, input)),
        text(2, name),
        text(3, name),
        text(4, operation),
        ...Object.entries(attributes).map(([key, value]) => message(5, text(1, key), ...attribute(value))),
        ...domain,
      ),
    );
    return name;
  }

  /** A float32 tensor of the model. */
  constant(name: string, shape: readonly number[], values: Float32Array): string {
    if (values.length !== sizeOf(shape))
      throw new RangeError(`${values.length} elements do not fill shape [${shape.join(', ')}]`);
    return this.#constant(name, 'float32', shape, values);
  }

  /** A list of whole numbers, such as a shape. */
  integers(values: readonly number[]): string {
    const name = `integers_${this.#count++}`;
    return this.#constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** The whole file. `output`: the name of its node. */
  encode(input: readonly number[], output: {readonly node: string; readonly shape: readonly number[]}): Uint8Array {
    this.#nodes.push(message(1, text(1, output.node), text(2, 'output'), text(3, 'output'), text(4, 'Identity')));
    const graph = message(
      7,
      ...this.#nodes,
      text(2, 'tfpipe'),
      ...this.#constants,
      message(11, ...valueInfo('input', input)),
      message(12, ...valueInfo('output', output.shape)),
    );
    const operators = message(8, text(1, ''), integer(2, operatorSet));
    const ofTrees = this.#usesTrees ? [message(8, text(1, treeOperators.domain), integer(2, treeOperators.version))] : [];
    return join([integer(1, formatVersion), text(2, 'tfpipe'), graph, operators, ...ofTrees]);
  }

  #constant(
    name: string,
    type: keyof typeof elementType,
    shape: readonly number[],
    values: Float32Array | BigInt64Array,
  ): string {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#constants.push(
      message(5, ...shape.map((size) => integer(1, size)), integer(2, elementType[type]), text(8, name), bytes(9, raw)),
    );
    return name;
  }
}

/** An attribute's value and its type. */
function attribute(value: AttributeValue): Field[] {
  if (typeof value === 'number') return [integer(3, value), integer(20, 2)];
  if (typeof value === 'string') return [text(4, value), integer(20, 3)];
  if ('float' in value) return [float(2, value.float), integer(20, 1)];
  if ('floats' in value) return [floats(7, value.floats), integer(20, 6)];
  if ('strings' in value) return [join(value.strings.map((each) => text(9, each))), integer(20, 8)];
  return [join(value.map((each) => integer(8, each))), integer(20, 7)];
}

/** Name and type of what goes in or out: float32 [batch, …]. */
const valueInfo = (name: string, shape: readonly number[]): Field[] => {
  const dimensions = [message(1, text(2, 'batch')), ...shape.map((size) => message(1, integer(1, size)))];
  return [text(1, name), message(2, message(1, integer(1, elementType.float32), message(2, ...dimensions)))];
};
