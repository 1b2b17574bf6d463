import type {HostTensor} from '../tensor/host-tensor.js';
import type {TypeIssue} from './define-node.js';
import type {DatasetType, DatasetValue, TensorType} from './ports.js';

/** The type of a data set of which one tensor in every split is changed; a split without it is reported. */
export function mapDatasetType(
  data: DatasetType,
  tensor: string,
  report: (issue: TypeIssue) => void,
  change: (given: TensorType) => TensorType,
): DatasetType {
  const splits = Object.entries(data.splits).map(([name, split]) => {
    const given = split[tensor];
    if (given) return [name, {...split, [tensor]: change(given)}] as const;
    report({
      path: ['with', 'tensor'],
      message: `Expected a tensor of the split \`${name}\` (${Object.keys(split).join(', ')}), got \`${tensor}\``,
    });
    return [name, split] as const;
  });
  return {kind: 'dataset', splits: Object.fromEntries(splits)};
}

/** The data set with one tensor of every split changed, each split when it is asked for. */
export function mapDataset(
  data: DatasetValue,
  tensor: string,
  change: (given: HostTensor, split: string) => HostTensor,
): DatasetValue {
  return {
    kind: 'dataset',
    splitNames: data.splitNames,
    split: async (name) => {
      const split = await data.split(name);
      return {...split, [tensor]: change(split[tensor] as HostTensor, name)};
    },
  };
}
