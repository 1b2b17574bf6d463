import {unpack} from './affine.js';
import type {DatasetValue, PackedSplit, Split} from './ports.js';

/** A data set, or codes, of splits that are there already. */
export const datasetOf = (splits: Readonly<Record<string, Split>>, kind: DatasetValue['kind'] = 'dataset'): DatasetValue => ({
  kind,
  splitNames: Object.keys(splits),
  split: async (name) => splits[name] ?? {},
});

/** The same of tensors that may be as bytes. */
export const packedDataset = (splits: Readonly<Record<string, PackedSplit>>): DatasetValue => ({
  kind: 'dataset',
  splitNames: Object.keys(splits),
  split: async (name) => unpackSplit(splits[name] ?? {}),
  packed: async (name) => splits[name] ?? {},
});

/** A split with the tensors that can be as bytes; a data set that keeps none gives its tensors as they are. */
export const packedSplit = (data: DatasetValue, name: string): Promise<PackedSplit> => data.packed?.(name) ?? data.split(name);

/** The values that a split's tensors stand for. */
export const unpackSplit = (split: PackedSplit): Split =>
  Object.fromEntries(Object.entries(split).map(([name, tensor]) => [name, unpack(tensor)]));
