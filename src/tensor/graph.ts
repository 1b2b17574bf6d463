import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Addon, type Attribute, dataType, type GraphType} from './binding.js';

/** A node's output as GraphDef names it: `MatMul_7`, or `Unpack_3:1` for a later output. */
export type NodeRef = string;

type Message = Record<string, (...values: never[]) => unknown> & {serializeBinary(): Uint8Array};
type Proto = Record<string, new () => Message> & {
  Tensor: {new (): Message};
  TensorShape: (new () => Message) & {Dim: new () => Message};
};

/** An attribute's value, by what it means in a NodeDef. */
export type AttributeValue =
  | {readonly type: GraphType}
  | {readonly shape: readonly number[]}
  | {readonly text: string}
  | {readonly bool: boolean}
  | {readonly int: number}
  | {readonly tensor: {readonly type: GraphType; readonly shape: readonly number[]; readonly bytes: Uint8Array}}
  /** As an eager operation gave it. */
  | {readonly eager: Attribute};

/** Writes a TensorFlow graph node by node and loads it into a session. Source: graph.proto, saved_model.proto of TensorFlow 2. */
export class GraphBuilder {
  readonly #addon: Addon;
  readonly #proto: Proto;
  readonly #nodes: Message[] = [];

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#proto = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js') as Proto;
  }

  /** Adds an operation; inputs that begin with `^` only say that it runs later. A name is made up when none is given. */
  add(
    operation: string,
    inputs: readonly NodeRef[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = `${operation}_${this.#nodes.length}`,
  ): NodeRef {
    const node = this.#message('NodeDef');
    set(node, 'setName', name);
    set(node, 'setOp', operation);
    set(node, 'setInputList', [
      ...inputs.filter((input) => !input.startsWith('^')),
      ...inputs.filter((input) => input.startsWith('^')),
    ]);
    const map = (node['getAttrMap'] as () => Map<string, Message>)();
    for (const [key, value] of Object.entries(attributes)) map.set(key, this.#attribute(operation, value));
    this.#nodes.push(node);
    return name;
  }

  constant(type: GraphType, shape: readonly number[], data: Uint8Array | Float32Array | Int32Array): NodeRef {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.add('Const', [], {dtype: {type}, value: {tensor: {type, shape, bytes}}});
  }

  scalar(value: number): NodeRef {
    return this.constant('float32', [], new Float32Array([value]));
  }

  placeholder(name: string, type: GraphType, shape: readonly number[]): NodeRef {
    return this.add('Placeholder', [], {dtype: {type}, shape: {shape}}, name);
  }

  /** Loads the graph into a session of its own; returns the session's number for `runSavedModel`. Throws when TensorFlow refuses it. */
  load(): number {
    const graph = this.#message('GraphDef');
    set(graph, 'setNodeList', this.#nodes);
    const versions = this.#message('VersionDef');
    set(versions, 'setProducer', graphVersion);
    set(graph, 'setVersions', versions);
    const meta = this.#message('MetaGraphDef');
    const information = new (this.#proto['MetaGraphDef'] as unknown as {MetaInfoDef: new () => Message}).MetaInfoDef();
    set(information, 'setTagsList', ['serve']);
    set(meta, 'setMetaInfoDef', information);
    set(meta, 'setGraphDef', graph);
    const model = this.#message('SavedModel');
    set(model, 'setSavedModelSchemaVersion', 1);
    set(model, 'setMetaGraphsList', [meta]);
    const folder = mkdtempSync(join(tmpdir(), 'tfpipe-step-'));
    try {
      writeFileSync(join(folder, 'saved_model.pb'), model.serializeBinary());
      return this.#addon.loadSavedModel(folder, 'serve');
    } catch (error) {
      throw new Error(`Expected a step that TensorFlow takes as a graph, got ${String(error)}; set \`compile: false\` to run it`);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }

  #message(name: string): Message {
    const Type = this.#proto[name];
    if (!Type) throw new Error(`tfjs-node has no protocol message ${name}`);
    return new Type();
  }

  #attribute(operation: string, value: AttributeValue): Message {
    const attribute = this.#message('AttrValue');
    if ('type' in value) set(attribute, 'setType', dataType[value.type]);
    else if ('shape' in value) set(attribute, 'setShape', this.#shape(value.shape));
    else if ('text' in value) set(attribute, 'setS', Buffer.from(value.text));
    else if ('bool' in value) set(attribute, 'setB', value.bool);
    else if ('int' in value) set(attribute, 'setI', value.int);
    else if ('tensor' in value) set(attribute, 'setTensor', this.#tensor(value.tensor));
    else this.#eagerAttribute(operation, attribute, value.eager);
    return attribute;
  }

  #tensor({type, shape, bytes}: Extract<AttributeValue, {tensor: unknown}>['tensor']): Message {
    const tensor = this.#message('Tensor');
    set(tensor, 'setDtype', dataType[type]);
    set(tensor, 'setTensorShape', this.#shape(shape));
    set(tensor, 'setTensorContent', bytes);
    return tensor;
  }

  #shape(dimensions: readonly number[]): Message {
    const shape = this.#message('TensorShape');
    const list = dimensions.map((size) => {
      const dimension = new this.#proto.TensorShape.Dim();
      set(dimension, 'setSize', size);
      return dimension;
    });
    set(shape, 'setDimList', list);
    return shape;
  }

  #eagerAttribute(operation: string, attribute: Message, {name, type, value}: Attribute): void {
    const is = (constant: `TF_ATTR_${string}`): boolean => type === this.#addon[constant];
    if (Array.isArray(value) && is('TF_ATTR_INT')) {
      const list = new (this.#proto['AttrValue'] as unknown as {ListValue: new () => Message}).ListValue();
      set(list, 'setIList', value);
      set(attribute, 'setList', list);
    } else if (is('TF_ATTR_TYPE')) set(attribute, 'setType', value);
    else if (is('TF_ATTR_BOOL')) set(attribute, 'setB', value);
    else if (is('TF_ATTR_FLOAT')) set(attribute, 'setF', value);
    else if (is('TF_ATTR_INT')) set(attribute, 'setI', value);
    else if (is('TF_ATTR_STRING')) set(attribute, 'setS', Buffer.from(String(value)));
    else if (is('TF_ATTR_SHAPE')) set(attribute, 'setShape', this.#shape(value as number[]));
    else
      throw new Error(
        `Expected the attribute \`${name}\` of \`${operation}\` to be a type, number, text, shape or list of integers, got kind ${type}; set \`compile: false\` to run it`,
      );
  }
}

/** The version of the graph format that TensorFlow 2.21 writes; older ones change what operations mean. */
const graphVersion = 1645;

function set(message: Message, method: string, value: unknown): void {
  (message[method] as (value: unknown) => void)(value);
}
