import {digestBytes} from '../core/digest.js';
import type {PortKind, PortValue, Split} from '../core/ports.js';

/** Kinds of results that consist of tensors. */
export const tensorKinds: readonly PortKind[] = ['dataset', 'embedding', 'model'];

/** The tensors of a result with the beginning of a file's name for each group: a split, or the weights of a model. */
export async function groupsOf(stem: string, value: PortValue): Promise<readonly (readonly [stem: string, tensors: Split])[]> {
  if (value.kind === 'model') return [[stem, value.weights]];
  if (value.kind !== 'dataset' && value.kind !== 'embedding') return [];
  return await Promise.all(value.splitNames.map(async (name) => [`${stem}-${name}`, await value.split(name)] as const));
}

/** A tensor's name as part of a file's: characters that a file name may not have become `_`, and a digest keeps such names apart. */
export function fileName(name: string): string {
  const safe = name.replace(/[^\w.-]/g, '_');
  return safe === name ? name : `${safe}-${digestBytes(name).slice(0, 8)}`;
}
