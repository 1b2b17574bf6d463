import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunEvent} from '../../core/events.js';
import {stageResults} from '../../history/run-state.js';
import type {Before, Wanted} from './words.js';

/** A word, and what is said of it. */
export type Candidate = readonly [word: string, about?: string | undefined];
/** Candidates that the shell completes by itself. */
export type Paths = 'files' | 'folders';

/** Candidates for a value, by its placeholder in help texts. */
export async function candidatesOf(
  {of, option, choices}: Extract<Wanted, {kind: 'value'}>,
  before: Before,
  prefix: string,
): Promise<readonly Candidate[] | Paths> {
  if (choices) return choices.map((choice) => [choice]);
  switch (of) {
    case 'FILE':
      return 'files';
    case 'FOLDER':
      return 'folders';
    case 'RECIPE':
      return await recipes(prefix);
    case 'RUN':
      return await runs(before);
    case 'STAGE':
      return Object.entries((await outline(before))?.stages ?? {}).map(([name, {use}]) => [name, use]);
    case 'EDGE':
      return edges(await journal(before));
    case 'TYPE': {
      const {builtinNodes} = await import('../../nodes/registry.js');
      return (await builtinNodes().types()).map((type) => [type]);
    }
    case 'SHELL': {
      const {scripts} = await import('./scripts.js');
      return Object.keys(scripts).map((shell) => [shell]);
    }
    case 'NAME=VALUE':
      return await settings(before, prefix);
    case 'NAME':
      return option === 'recipe' ? await recipeNames(before) : figures(await journal(before));
    default:
      return [];
  }
}

/** Folders, and files that may be recipes, below the folder that is begun. */
async function recipes(prefix: string): Promise<readonly Candidate[]> {
  const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/') + 1) : '';
  const entries = await readdir(folder || '.', {withFileTypes: true}).catch(() => []);
  return entries
    .filter(({name}) => (!name.startsWith('.') || prefix.slice(folder.length).startsWith('.')) && name !== 'node_modules')
    .flatMap((entry) =>
      entry.isDirectory() ? [[`${folder}${entry.name}/`]] : /\.ya?ml$/.test(entry.name) ? [[`${folder}${entry.name}`]] : [],
    ) as Candidate[];
}

const runsFolder = ({values}: Before): string => values['runs'] ?? 'runs';

const runNames = async (before: Before): Promise<readonly string[]> =>
  (await readdir(runsFolder(before)).catch(() => [])).filter((name) => name !== 'latest').sort();

/** Newest first. */
async function runs(before: Before): Promise<readonly Candidate[]> {
  const names = (await runNames(before)).toReversed();
  return names.length > 0 ? [['latest', names[0]], ...names.map((name): Candidate => [name])] : [];
}

const recipeNames = async (before: Before): Promise<readonly Candidate[]> =>
  [...new Set((await runNames(before)).map((name) => name.replace(/^\d{8}-\d{6}-/, '').replace(/-\d+$/, '')))].map((name) => [
    name,
  ]);

/** Events of the run that the command line names, or else of the last. */
async function journal(before: Before): Promise<readonly RunEvent[]> {
  const {readJournal} = await import('../../history/journal.js');
  const run = before.values['run'] ?? before.positionals.find((word) => /^\d{8}-\d{6}-/.test(word)) ?? 'latest';
  return await readJournal(join(runsFolder(before), run, 'events.ndjson')).catch(() => []);
}

/** Stages with a result, and the outputs of those that have several. */
const edges = (events: readonly RunEvent[]): readonly Candidate[] =>
  [...stageResults(events)].flatMap(([stage, result]): readonly Candidate[] => {
    const outputs = Object.entries(result.outputs);
    const ports = outputs.map(([port, {kind}]): Candidate => [`${stage}.${port}`, kind]);
    return [[stage, outputs.map(([, {kind}]) => kind).join(', ')], ...(ports.length > 1 ? ports : [])];
  });

/** Params and metrics of a run, by which runs are filtered and sorted. */
function figures(events: readonly RunEvent[]): readonly Candidate[] {
  const names = events.flatMap((event) => {
    if (event.type === 'run-started') return Object.keys(event.recipe.params);
    if (event.type === 'stage-metrics') return Object.keys(event.values).map((name) => `${event.stage}.${name}`);
    if (event.type !== 'stage-cached') return [];
    return event.metrics.flatMap(({values}) => Object.keys(values).map((name) => `${event.stage}.${name}`));
  });
  return [...new Set(names)].map((name) => [name]);
}

/** The recipe of the command line, or that of the last run. */
async function outline(before: Before) {
  const named = before.positionals.find((word) => /\.ya?ml$/.test(word));
  const started = named === undefined ? (await journal(before)).find((event) => event.type === 'run-started') : undefined;
  const path = named ?? started?.recipe.path;
  const {outlineRecipe} = await import('../../recipe/expand/outline.js');
  return path === undefined ? undefined : await outlineRecipe(path);
}

/** Params with their values; after `stage.`, what stands in the stage's `with`; after `name=`, the value as it is. */
async function settings(before: Before, prefix: string): Promise<readonly Candidate[]> {
  const {params, stages} = (await outline(before)) ?? {params: {}, stages: {}};
  const all: readonly (readonly [string, unknown])[] = [
    ...Object.entries(params),
    ...(prefix.includes('.')
      ? Object.entries(stages).flatMap(([stage, given]) =>
          Object.entries(given.with).map(([name, value]) => [`${stage}.${name}`, value] as const),
        )
      : []),
  ];
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return prefix.includes('=')
    ? all.map(([name, value]) => [`${name}=${text(value)}`, 'as it is'])
    : all.map(([name, value]) => [`${name}=`, text(value).slice(0, 60)]);
}
