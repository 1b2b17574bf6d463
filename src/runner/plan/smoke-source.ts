import {Type} from '@sinclair/typebox';
import {counterUniform} from '../../core/counter-random.js';
import {type DataOf, type DType, type HostTensor, hostTensor, sizeOf} from '../../core/host-tensor.js';
import {defineNode} from '../../core/node.js';
import type {DatasetType, EmbeddingType, PortType, PortValue, Split, TableType, TensorType} from '../../core/ports.js';

/** A picture of one grey pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

/** True when values of a type can be made up: a network cannot, its layers are not in its type. */
export const canMakeUp = (type: PortType): boolean => type.kind !== 'model';

/** Stands in for a stage that loads something: made-up values of the types that the stage declares. */
export const node = defineNode({
  type: 'smoke/source',
  summary: 'Made-up values of given types.',
  example: '',
  params: Type.Object({types: Type.Unsafe<Readonly<Record<string, PortType>>>({type: 'object'})}),
  inputs: {},
  usesTensors: false,
  drawsRandom: true,
  prepare: ({types}) => types,
  outputs: (types) => types,
  run: async ({prepared: types, context: {seed}}) =>
    Object.fromEntries(Object.entries(types).map(([port, type]) => [port, makeUp(type, seed)])),
});

function makeUp(type: PortType, seed: number): PortValue {
  switch (type.kind) {
    case 'dataset':
    case 'embedding':
      return makeUpSplits(type, seed);
    case 'table':
      return makeUpTable(type);
    case 'figure':
      return {kind: 'figure', title: 'Made up', alt: 'A grey pixel.', png: Buffer.from(pixel, 'base64')};
    case 'model':
      throw new Error('Expected a type of which values can be made up, got a model');
    default:
      return type satisfies never;
  }
}

function makeUpSplits({kind, splits}: DatasetType | EmbeddingType, seed: number): PortValue {
  const made = Object.entries(splits).map(([name, split], number): [string, Split] => [
    name,
    Object.fromEntries(
      Object.entries(split).map(([tensor, type], index) => [tensor, makeUpTensor(type, [seed, 100 * number + index])]),
    ),
  ]);
  const values = new Map(made);
  return {kind, splitNames: [...values.keys()], split: async (name) => values.get(name) ?? {}};
}

/** Every class in turn for a list of classes, else random numbers: of the range, when there is one, else normal ones. */
function makeUpTensor({dtype, shape, range}: TensorType, key: readonly [number, number]): HostTensor {
  const sizes = shape.map(Number);
  const count = sizeOf(sizes);
  const whole = dtype !== 'float32';
  const [low, high] = range ?? (whole ? [0, dtype === 'uint8' ? 255 : 9] : [0, 1]);
  const values = new {float32: Float32Array, int32: Int32Array, uint8: Uint8Array}[dtype](count);
  if (whole && sizes.length === 1) for (let index = 0; index < count; index++) values[index] = low + (index % (high - low + 1));
  else if (range || whole)
    counterUniform(key, count).forEach((random, index) => {
      values[index] = whole ? low + Math.floor(random * (high - low + 1)) : low + random * (high - low);
    });
  else {
    const random = counterUniform(key, 2 * count);
    for (let index = 0; index < count; index++)
      values[index] =
        Math.sqrt(-2 * Math.log(1 - (random[2 * index] ?? 0))) * Math.cos(2 * Math.PI * (random[2 * index + 1] ?? 0));
  }
  return hostTensor(dtype, sizes, values as DataOf[DType]);
}

const makeUpTable = ({columns}: TableType): PortValue => ({
  kind: 'table',
  columns: Object.fromEntries(columns.map((name, column) => [name, [1, 2, 3].map((row) => row + column)])),
});
