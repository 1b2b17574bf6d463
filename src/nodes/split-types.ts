import type {Report, TypeIssue} from '../core/node.js';
import type {DatasetType, EmbeddingType, SplitType, TensorType} from '../core/ports.js';

interface Wanted {
  readonly path: TypeIssue['path'];
  /** Owner of the splits, whose names the message then lists: "Expected `the data` to have a split". */
  readonly of?: string;
}

/** The types of a split that has these tensors; reports a split that is not there, or lacks one. */
export function splitWith<N extends string>(
  {splits}: DatasetType | EmbeddingType,
  name: string,
  tensors: readonly N[],
  report: Report,
  {path, of}: Wanted,
): (SplitType & Readonly<Record<N, TensorType>>) | undefined {
  const split = splits[name];
  if (split && hasAll(split, tensors)) return split;
  const list = tensors.map((tensor) => `\`${tensor}\``).join(' and ');
  const wanted = `${of ? `${of} to have a split` : 'a split'} \`${name}\`${list && ` with ${list}`}`;
  report({path, message: `Expected ${wanted}, got ${of ? Object.keys(splits).join(', ') : 'none'}`});
  return undefined;
}

const hasAll = <N extends string>(split: SplitType, tensors: readonly N[]): split is SplitType & Record<N, TensorType> =>
  tensors.every((tensor) => split[tensor]);
