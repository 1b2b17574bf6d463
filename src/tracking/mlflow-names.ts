import {createHash} from 'node:crypto';
import type {RunStarted} from '../runner/events.js';
import {type KeyValue, longestParam} from './mlflow-client.js';

/** What MLflow keeps in names: letters, digits, `_ - . / :` and spaces; others become `_`. At most 250 characters. */
export function mlflowName(name: string): string {
  const allowed = name.replace(/[^\p{L}\p{N}_\-. /:]/gu, '_').replace(/^[./]+|\/$/g, '_');
  return allowed.length <= 250
    ? allowed
    : `${allowed.slice(0, 233)}~${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/** All params of a run as MLflow shows them: the recipe's by name, each stage's `with` as `stage.path`. */
export function flattenParams(run: Pick<RunStarted, 'recipe' | 'stages'>): readonly KeyValue[] {
  const flat: KeyValue[] = [];
  const add = (path: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      for (const [key, member] of Object.entries(value)) add(path === '' ? key : `${path}.${key}`, member);
    } else flat.push({key: mlflowName(path), value: shorten(typeof value === 'string' ? value : JSON.stringify(value))});
  };
  add('', run.recipe.params);
  flat.push({key: 'seed', value: String(run.recipe.seed)});
  for (const stage of run.stages) add(stage.name, {use: stage.use, ...stage.with});
  return [...new Map(flat.map((param) => [param.key, param])).values()];
}

/** A value that is too long keeps its beginning and says how long it was. */
const shorten = (value: string): string =>
  value.length <= longestParam ? value : `${value.slice(0, longestParam - 40)}… (${value.length} characters)`;
