import {digestBytes} from '../../core/digest.js';
import type {RunStarted} from '../../core/events.js';

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** Longest param and tag values that MLflow keeps (2.8 and later; tags up to 5000 before 2.17), in characters. */
const longestParam = 6000;
export const longestTag = 5000;
const longestName = 250;

/**
 * Characters that MLflow allows in names of metrics, params and tags: letters, digits, `_ - . / :` and spaces, in a path that is already normal
 * (mlflow/utils/validation.py); others become `_`. At most 250 characters; a longer name ends in a digest of the whole.
 */
export function mlflowName(name: string): string {
  const allowed = name.replace(/[^\p{L}\p{N}_\-. /:]/gu, '_');
  const parts = allowed.split('/').map((part) => (part === '' || part === '.' || part === '..' ? '_' : part));
  const path = parts.join('/');
  if (path.length <= longestName) return path;
  return `${cut(path, longestName - 17).replace(/\/$/, '_')}-${digestBytes(name).slice(0, 16)}`;
}

/** All params of a run as MLflow shows them: the recipe's by name, each stage's `with` as `stage.path`. */
export function flattenParams(run: Pick<RunStarted, 'recipe' | 'stages'>): readonly KeyValue[] {
  const flat = new Map<string, {readonly path: string; readonly value: string}>();
  const add = (path: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      for (const [key, member] of Object.entries(value)) add(`${path}.${key}`, member);
      return;
    }
    const name = mlflowName(path);
    // two names that MLflow's letters make one: the server would refuse the second value
    const taken = (flat.get(name)?.path ?? path) !== path;
    const key = taken ? `${cut(name, longestName - 9)}-${digestBytes(path).slice(0, 8)}` : name;
    flat.set(key, {path, value: shorten(typeof value === 'string' ? value : written(value), longestParam)});
  };
  for (const [name, value] of Object.entries(run.recipe.params)) add(name, value);
  add('seed', run.recipe.seed);
  for (const stage of run.stages) add(stage.name, {use: stage.use, ...stage.with});
  return [...flat].map(([key, {value}]) => ({key, value}));
}

/** A tag as MLflow keeps it. */
export const mlflowTag = (key: string, value: string): KeyValue => ({key: mlflowName(key), value: shorten(value, longestTag)});

/** Text that UTF-8 can hold: a surrogate without its other half, which the server's database chokes on, becomes U+FFFD. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD');

/** A value that is too long keeps its beginning and says how long it was. */
const shorten = (value: string, longest: number): string =>
  wellFormed(value.length <= longest ? value : `${cut(value, longest - 40)}… (${value.length} characters)`);

/** JSON, but for the numbers that JSON has no form for. */
const written = (value: unknown): string => (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'null'));

/** The first characters of a text; never half of a surrogate pair. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');

/** Where a stage's trained network goes among the artifacts. */
export const modelPath = (stage: string, port: string): string => `models/${stage}-${port}`;
