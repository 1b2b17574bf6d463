import {continuationKey, type KeyFields} from '../../core/key.js';
import type {Store} from '../../core/store.js';
import type {EarlierResults} from './earlier.js';

/** The finished run that a stage would extend, in words such as `epochs 20`; `undefined` when there is none. */
export async function describeContinuation(
  store: Store,
  earlier: EarlierResults,
  fields: KeyFields,
  extending: readonly string[],
): Promise<string | undefined> {
  if (extending.length === 0) return undefined;
  const key = continuationKey(fields, extending);
  const shorter: Readonly<Record<string, number>>[] = [];
  for (const result of await earlier.ofType(fields.type)) {
    if (continuationKey(result.fields, extending) !== key) continue;
    const reached = extending.map((name) => [name, Number(result.fields.params[name])] as const);
    if (reached.every(([name, value]) => value <= Number(fields.params[name]))) shorter.push(Object.fromEntries(reached));
  }
  const total = (reached: Readonly<Record<string, number>>): number =>
    Object.values(reached).reduce((sum, value) => sum + value, 0);
  const furthest = shorter.toSorted((left, right) => total(right) - total(left))[0];
  if (!furthest || !(await store.loadCheckpoint(key))) return undefined;
  return Object.entries(furthest)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
