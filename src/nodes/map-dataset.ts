import {mapPacked} from '../core/affine.js';
import type {Affine, HostTensor} from '../core/host-tensor.js';
import type {Report} from '../core/node.js';
import type {DatasetType, DatasetValue, PackedSplit, Split, TensorType} from '../core/ports.js';
import {packedSplit, unpackSplit} from '../core/splits.js';
import {tensorOf} from './tensors.js';

/** The type of a data set of which one tensor in every split is changed; a split without it is reported. */
export function mapDatasetType(
  data: DatasetType,
  tensor: string,
  report: Report,
  change: (given: TensorType) => TensorType,
): DatasetType {
  const lacking = Object.entries(data.splits).find(([, split]) => !split[tensor]);
  if (lacking) {
    const [name, split] = lacking;
    report({
      path: ['with', 'tensor'],
      message: `Expected a tensor of the split \`${name}\` (${Object.keys(split).join(', ')}), got \`${tensor}\``,
    });
    return data;
  }
  const splits = Object.entries(data.splits).map(
    ([name, split]) => [name, {...split, [tensor]: change(tensorOf(split, tensor))}] as const,
  );
  return {kind: 'dataset', splits: Object.fromEntries(splits)};
}

/** The data set with one tensor of every split changed, each split when it is asked for. */
export function mapDataset(data: DatasetValue, tensor: string, change: (given: HostTensor) => HostTensor): DatasetValue {
  const split = async (name: string): Promise<Split> => {
    const given = await data.split(name);
    return {...given, [tensor]: change(tensorOf(given, tensor))};
  };
  return {kind: 'dataset', splitNames: data.splitNames, split};
}

/** The data set with one tensor of every split mapped to scale · x + offset, each split when it is asked for. */
export function rescaleDataset(data: DatasetValue, tensor: string, map: (split: string) => Affine): DatasetValue {
  const packed = async (name: string): Promise<PackedSplit> => {
    const split = await packedSplit(data, name);
    const {scale, offset} = map(name);
    return {...split, [tensor]: mapPacked(tensorOf(split, tensor), scale, offset)};
  };
  return {
    kind: 'dataset',
    splitNames: data.splitNames,
    split: async (name) => unpackSplit(await packed(name)),
    packed,
  };
}
