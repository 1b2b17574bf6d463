import {type HostTensor, sizeOf} from '../core/host-tensor.js';

export type Comparison =
  | {readonly same: true}
  /** Not of one dtype and shape: nothing to compare. */
  | {readonly same: false; readonly unlike: readonly [before: string, after: string]}
  | {
      readonly same: false;
      /** Number of values that differ, and of all. */
      readonly differing: number;
      readonly count: number;
      /** Largest absolute difference; NaN when a value is NaN on one side alone. */
      readonly largest: number;
      /** Index of the first value that differs, an entry an axis. */
      readonly first: readonly number[];
      readonly before: number;
      readonly after: number;
    };

/** Compares values; NaN equals NaN. */
export function compareTensors(before: HostTensor, after: HostTensor): Comparison {
  const [left, right] = [describe(before), describe(after)];
  if (left !== right) return {same: false, unlike: [left, right]};
  let [differing, largest, first] = [0, 0, -1];
  for (let index = 0; index < before.data.length; index++) {
    const [a, b] = [before.data[index] as number, after.data[index] as number];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    differing += 1;
    if (first < 0) first = index;
    const difference = Math.abs(a - b);
    if (!(difference <= largest)) largest = difference;
  }
  if (first < 0) return {same: true};
  const at = {first: unravel(first, before.shape), before: before.data[first] as number, after: after.data[first] as number};
  return {same: false, differing, count: sizeOf(before.shape), largest, ...at};
}

const describe = ({dtype, shape}: HostTensor): string => `${dtype} [${shape.join(', ')}]`;

/** Flat, row-major index → an index an axis. */
export function unravel(flat: number, shape: readonly number[]): readonly number[] {
  const index: number[] = [];
  let rest = flat;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
