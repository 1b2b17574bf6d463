import {canonicalJson} from '../../core/canonical-json.js';
import type {KeyFields} from '../../core/key.js';
import type {Earlier, EarlierResults} from './earlier.js';

/** One difference between two keys: `params.epochs`, from, to. */
export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Differences between two JSON values, deepest paths first to differ, in key order. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) return [{path, before, after}];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The fields of a key, as far as they are known: its inputs may not be. */
export type KnownFields = Omit<KeyFields, 'inputs' | 'types'> & Partial<Pick<KeyFields, 'inputs' | 'types'>>;

/** The earlier result of a stage whose key differs least from these fields, and how it differs; the newest of several. */
export async function nearestEarlier(
  earlier: EarlierResults,
  stage: string,
  fields: KnownFields,
): Promise<{readonly result: Earlier; readonly differences: readonly Difference[]} | undefined> {
  let nearest: {result: Earlier; differences: readonly Difference[]} | undefined;
  for (const result of await earlier.of(stage, fields.type)) {
    const {inputs, types, ...rest} = result.fields;
    const all = differences(fields.inputs ? {...rest, inputs, types} : rest, fields);
    // content that has changed says enough
    const found = all.filter(
      ({path}) => !all.some((other) => other.path === path.replace(/^types\./, 'inputs.') && other.path !== path),
    );
    if (!nearest || found.length < nearest.differences.length) nearest = {result, differences: found};
  }
  return nearest;
}

/** Why a stage is not in the cache, in one line: how it differs from the nearest earlier result. */
export async function whyMiss(earlier: EarlierResults, stage: string, fields: KeyFields): Promise<string> {
  const nearest = await nearestEarlier(earlier, stage, fields);
  if (!nearest) return 'never run before';
  return nearest.differences.map(describe).join(', ') || 'its result is gone';
}

function describe({path, before, after}: Difference): string {
  const [head, ...rest] = path.split('.');
  const name = rest.join('.');
  switch (head) {
    case 'params':
      return `${name} ${show(before)} → ${show(after)}`;
    case 'inputs':
      return `input ${name} changed`;
    case 'types':
      return `type of input ${name} changed`;
    case 'code':
      return 'its code changed';
    case 'packages':
      return `package ${name} ${show(before)} → ${show(after)}`;
    case 'externals':
      return `${name} changed`;
    default:
      return `${path} ${show(before)} → ${show(after)}`;
  }
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
