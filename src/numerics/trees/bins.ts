import {type PackedTensor, sizeOf} from '../../core/host-tensor.js';
import {sharedBytes} from './shared.js';

/** Columns of the examples with every value replaced by the number of its bin; what tree growers read. */
export interface Binned {
  readonly examples: number;
  readonly features: number;
  /** Bins by column: `codes[feature · examples + example]`; in memory that threads share. */
  readonly codes: Uint8Array;
  /** Where each feature's bins begin in a histogram of all: `offsets[feature]`, and their number at the end. */
  readonly offsets: Int32Array;
  /** Bin `b` of a feature holds the values up to and with `thresholds[offsets[feature] + b]`; the last bin's is infinite. */
  readonly thresholds: Float32Array;
}

const binsAtMost = 256;

/**
 * Bins of examples [examples, …]: a bin a value for features of up to 256 different values, with thresholds half-way between, as exact
 * tree growers have them; else 256 bins of about equal share of the examples. Pixels that are kept as bytes are never unpacked.
 */
export function binFeatures(given: PackedTensor): Binned {
  const [examples = 0, ...rest] = given.shape;
  const features = sizeOf(rest);
  const codes = sharedBytes(examples * features);
  const offsets = new Int32Array(features + 1);
  const thresholds: number[] = [];
  for (let feature = 0; feature < features; feature++) {
    const column = codes.subarray(feature * examples, (feature + 1) * examples);
    const found =
      given.data instanceof Uint8Array ? binBytes(given, feature, features, column) : binFloats(given, feature, features, column);
    thresholds.push(...found);
    offsets[feature + 1] = thresholds.length;
  }
  return {examples, features, codes, offsets, thresholds: Float32Array.from(thresholds)};
}

/** Writes the bins of a column of bytes; returns its thresholds. */
function binBytes({data, affine}: PackedTensor, feature: number, features: number, column: Uint8Array): number[] {
  const {scale, offset} = affine ?? {scale: 1, offset: 0};
  const seen = new Uint8Array(binsAtMost);
  for (let example = 0; example < column.length; example++) seen[data[example * features + feature] as number] = 1;
  const pixelOf = (byte: number): number => Math.fround(byte * scale + offset);
  const bytes = [...seen.keys()].filter((byte) => seen[byte] === 1).sort((a, b) => pixelOf(a) - pixelOf(b));
  const code = new Uint8Array(binsAtMost);
  for (const [bin, byte] of bytes.entries()) code[byte] = bin;
  for (let example = 0; example < column.length; example++)
    column[example] = code[data[example * features + feature] as number] as number;
  return bytes.map((byte, bin) => between(pixelOf(byte), bin + 1 < bytes.length ? pixelOf(bytes[bin + 1] as number) : Infinity));
}

/** The same for other numbers. */
function binFloats({data}: PackedTensor, feature: number, features: number, column: Uint8Array): number[] {
  const values = Float32Array.from(column, (_, example) => data[example * features + feature] as number);
  const sorted = values.toSorted();
  const cuts: number[] = [];
  const distinct = sorted.filter((value, index) => index === 0 || value !== sorted[index - 1]);
  const steps = distinct.length <= binsAtMost ? distinct : Array.from({length: binsAtMost}, (_, bin) => bin);
  for (let bin = 1; bin < steps.length; bin++) {
    const [low, high] =
      steps === distinct
        ? [distinct[bin - 1] as number, distinct[bin] as number]
        : [
            sorted[Math.floor((bin * sorted.length) / binsAtMost) - 1] as number,
            sorted[Math.floor((bin * sorted.length) / binsAtMost)] as number,
          ];
    const cut = between(low, high);
    // a value that fills several bins has one
    if (cut !== cuts.at(-1)) cuts.push(cut);
  }
  const thresholds = [...cuts, Infinity];
  for (let example = 0; example < column.length; example++) column[example] = firstAtLeast(thresholds, values[example] as number);
  return thresholds;
}

/** A float32 half-way from `low` to the larger `high`, and never `high` itself. */
function between(low: number, high: number): number {
  if (high === Infinity || low === high) return high === Infinity ? Infinity : low;
  const middle = Math.fround(low + (high - low) / 2);
  return middle < high ? middle : low;
}

/** Index of the first threshold that `value` does not pass. */
function firstAtLeast(thresholds: readonly number[], value: number): number {
  let [low, high] = [0, thresholds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (thresholds[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Puts the examples `order[start..end)` that go left at a split before the others, each side in its order; returns where the others begin.
 * `aside`: room for as many.
 */
export function partition(
  {codes, examples}: Binned,
  order: Int32Array,
  aside: Int32Array,
  start: number,
  end: number,
  {feature, bin}: {readonly feature: number; readonly bin: number},
): number {
  const column = feature * examples;
  let [left, right] = [start, 0];
  for (let place = start; place < end; place++) {
    const example = order[place] as number;
    if ((codes[column + example] as number) <= bin) order[left++] = example;
    else aside[right++] = example;
  }
  order.set(aside.subarray(0, right), left);
  return left;
}
