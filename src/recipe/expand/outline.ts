import {collectProblems} from '../problems.js';
import {composeRecipe} from '../read/compose.js';
import {readSource} from '../read/read-source.js';
import {child, toValue} from '../read/tree.js';
import {expandRecipe} from './expand.js';

interface Outline {
  readonly name?: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** By name, unrolled and in the order of the file. */
  readonly stages: Readonly<Record<string, {readonly use?: string; readonly with: Readonly<Record<string, unknown>>}>>;
}

/** Names in a recipe, with `extends` and `foreach` carried out but nothing checked: what completions need, at once, of a recipe at work. */
export async function outlineRecipe(path: string): Promise<Outline | undefined> {
  const problems = collectProblems();
  const source = await readSource(path, problems);
  const composed = source && (await composeRecipe(source, problems));
  if (!composed) return undefined;
  const {root} = expandRecipe(composed.root, process.env, new Set(), problems);
  const value = (name: string): Record<string, unknown> => {
    const found = child(root, name);
    return found?.kind === 'mapping' ? (toValue(found) as Record<string, unknown>) : {};
  };
  const name = child(root, 'name');
  const stages = Object.entries(value('stages')).map(([stage, given]) => {
    const {use, with: params} = Object(given) as {readonly use?: unknown; readonly with?: unknown};
    return [stage, {...(typeof use === 'string' && {use}), with: Object(params) as Record<string, unknown>}] as const;
  });
  return {
    ...(name?.kind === 'scalar' && {name: String(name.value)}),
    params: value('params'),
    stages: Object.fromEntries(stages),
  };
}
