import type {HostTensor} from '../core/host-tensor.js';
import type {PortValue, TableValue} from '../core/ports.js';
import type {StageRecord, Store} from '../core/store.js';
import {type Comparison, compareTensors} from '../tensor/compare.js';
import {Results} from './results.js';

/** One tensor, weight or column of a stage's results in both runs. */
export interface TensorChange {
  readonly name: string;
  readonly comparison: Comparison;
}

/** Every tensor, weight and column of numbers that two records, each of its store, both have. */
export async function compareRecords(
  before: StageRecord,
  after: StageRecord,
  storeBefore: Store,
  storeAfter: Store,
): Promise<readonly TensorChange[]> {
  const [left, right] = [await tensorsOf(before, storeBefore), await tensorsOf(after, storeAfter)];
  return [...left.keys()].flatMap((name) => {
    const other = right.get(name);
    return other ? [{name, comparison: compareTensors(left.get(name) as HostTensor, other)}] : [];
  });
}

async function tensorsOf({outputs}: StageRecord, store: Store): Promise<ReadonlyMap<string, HostTensor>> {
  const results = new Results(store);
  const found = new Map<string, HostTensor>();
  for (const [port, output] of Object.entries(outputs))
    for (const [name, tensor] of await tensorsIn(await results.value(output))) found.set(`${port}/${name}`, tensor);
  return found;
}

async function tensorsIn(value: PortValue): Promise<readonly (readonly [string, HostTensor])[]> {
  switch (value.kind) {
    case 'dataset':
    case 'embedding': {
      const splits = await Promise.all(value.splitNames.map(async (split) => [split, await value.split(split)] as const));
      return splits.flatMap(([split, tensors]) =>
        Object.entries(tensors).map(([name, tensor]) => [`${split}/${name}`, tensor] as const),
      );
    }
    case 'model':
      return Object.entries(value.weights);
    case 'table':
      return numbersOf(value);
    case 'figure':
      return [['png', {dtype: 'uint8', shape: [value.png.length], data: Uint8Array.from(value.png)}]];
    default:
      return value satisfies never;
  }
}

const numbersOf = ({columns}: TableValue): readonly (readonly [string, HostTensor])[] =>
  Object.entries(columns).flatMap(([name, values]) =>
    values.some((value) => typeof value === 'string')
      ? []
      : [
          [
            name,
            {dtype: 'float32', shape: [values.length], data: Float32Array.from(values, (value) => Number(value ?? Number.NaN))},
          ],
        ],
  );
