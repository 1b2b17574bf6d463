import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import type {NodeRegistry, ResolvedNode} from '../../core/node.js';
import {type FoundPlugin, findPlugin, isPath} from '../../nodes/plugin.js';
import type {Problems} from '../problems.js';
import type {Span} from '../read/source.js';
import {child, type Entry, hasUnknown, isEmpty, type Mapping, type Place, placeOf, type Tree, toValue} from '../read/tree.js';
import type {JsonSchema} from '../schema/describe-schema.js';
import {stageSchema} from '../schema/envelope.js';
import {nearest, quote, suggest} from '../wording.js';
import {checkSchema} from './params.js';
import {type Reference, readReferences, type StageNames} from './references.js';

const STAGE_KEYS: readonly string[] = Object.keys(stageSchema.properties);

/** A stage by itself: node found, params checked, references read; not yet joined to the others. */
export interface Draft {
  readonly name: string;
  readonly use: string;
  readonly node: ResolvedNode;
  readonly entry: Entry;
  readonly with: Tree | undefined;
  readonly in: Tree | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
  /** Nothing is wrong with it so far. */
  readonly sound: boolean;
}

/** Where node types come from: the registry, and for plugins the folder that a path starts at. */
interface NodeSources {
  readonly registry: NodeRegistry;
  readonly folderOf: (span: Span) => string;
}

/** Checks every stage by itself; those whose node is not found are left out, their error reported. */
export async function draftStages(
  stages: Mapping,
  names: StageNames,
  sources: NodeSources,
  problems: Problems,
): Promise<readonly Draft[]> {
  const findNode = createNodeFinder(sources);
  const drafts: Draft[] = [];
  for (const [name, entry] of stages.entries) {
    const use = child(entry.value, 'use');
    if (use?.kind !== 'scalar' || typeof use.value !== 'string') continue;
    const found = await findNode(use.value, use.span);
    if (found.status === 'found')
      drafts.push(draftStage(name, use.value, entry, found.node, {names, folderOf: sources.folderOf}, problems));
    else await reportNode(use.value, use, found, sources.registry, problems);
  }
  return drafts;
}

/** Each node type is looked for, and imported, once a folder. */
function createNodeFinder({registry, folderOf}: NodeSources): (use: string, at: Span) => Promise<FoundPlugin> {
  const known = new Map<string, Promise<FoundPlugin>>();
  const find = async (use: string, folder: string): Promise<FoundPlugin> => {
    try {
      const node = isPath(use) ? undefined : await registry.find(use);
      return node ? {status: 'found', node} : await findPlugin(use, folder);
    } catch (error) {
      return {status: 'broken', problem: `an error: ${error instanceof Error ? error.message : String(error)}`};
    }
  };
  return (use, at) => {
    const folder = folderOf(at);
    const finding = known.get(`${folder}\0${use}`) ?? find(use, folder);
    known.set(`${folder}\0${use}`, finding);
    return finding;
  };
}

function draftStage(
  name: string,
  use: string,
  entry: Entry,
  node: ResolvedNode,
  {names, folderOf}: {readonly names: StageNames; readonly folderOf: NodeSources['folderOf']},
  problems: Problems,
): Draft {
  const written = child(entry.value, 'with');
  const given = child(entry.value, 'in');
  const {references, complete} = readReferences(
    {name, use, entry, in: given ?? misspeltIn(entry.value)},
    node.definition.inputs,
    names,
    problems,
  );
  const chosen = child(entry.value, 'use')?.span;
  const tree: Tree = written && !isEmpty(written) ? written : {kind: 'mapping', entries: new Map(), span: entry.key};
  const key =
    (entry.value.kind === 'mapping' && written && !isEmpty(written) && entry.value.entries.get('with')?.key) || entry.key;
  const params = toValue(tree);
  let sound = complete && tree.kind === 'mapping' && !hasUnknown(tree);
  if (tree.kind === 'mapping') {
    try {
      const valid = checkSchema(
        node.definition.params as unknown as JsonSchema,
        params,
        {
          tree,
          key,
          name: quote(`${name}.with`),
          ...(chosen && {chosen: {span: chosen, message: `${quote(use)} is chosen here`}}),
        },
        problems,
      );
      sound = sound && valid && findFiles(node, params as Record<string, unknown>, tree, folderOf, problems);
    } catch (error) {
      problems.error(
        'broken-node',
        entry.key,
        `Expected the schema of ${quote(use)} to be valid, got an error: ${(error as Error).message}`,
      );
      sound = false;
    }
  }
  return {name, use, node, entry, with: written, in: given, params: params as Record<string, unknown>, references, sound};
}

/**
 * Params that name a file (`x-path`) are paths from the folder of the recipe that they stand in; each becomes the path itself. A file
 * that is not there is reported.
 */
function findFiles(
  {definition}: ResolvedNode,
  params: Record<string, unknown>,
  tree: Mapping,
  folderOf: NodeSources['folderOf'],
  problems: Problems,
): boolean {
  let found = true;
  for (const [name, schema] of Object.entries(definition.params.properties)) {
    const written = params[name];
    if (schema['x-path'] !== true || typeof written !== 'string' || !written.startsWith('.')) continue;
    const place = placeOf(tree, [name]);
    const path = resolve(folderOf(place.span), written);
    params[name] = path;
    if (existsSync(path)) continue;
    found = false;
    problems.error('bad-path', place, `Expected ${quote(name)} to name a file, got ${quote(written)}, where there is none`);
  }
  return found;
}

/** `inn: scaled` is reported as an unknown key; that the inputs are missing too need not be said. */
function misspeltIn(stage: Tree): Tree | undefined {
  if (stage.kind !== 'mapping') return undefined;
  const keys = [...stage.entries.keys()].filter((key) => !STAGE_KEYS.includes(key));
  return keys.some((key) => nearest(key, STAGE_KEYS) === 'in') ? {kind: 'unknown', span: stage.span} : undefined;
}

async function reportNode(
  use: string,
  tree: Tree,
  found: Exclude<FoundPlugin, {status: 'found'}>,
  registry: NodeRegistry,
  problems: Problems,
): Promise<void> {
  const at = placeOf(tree, []);
  switch (found.status) {
    case 'absent':
      return reportUnknownNode(use, at, registry, problems);
    case 'refused':
      return problems.error('bad-path', at, `${found.message}, got ${quote(use)}`, {hint: found.hint});
    case 'broken':
      return problems.error('broken-node', at, `Expected node type ${quote(use)} to load, got ${found.problem}`);
    default:
      found satisfies never;
  }
}

async function reportUnknownNode(use: string, at: Place, registry: NodeRegistry, problems: Problems): Promise<void> {
  if (isPath(use))
    return problems.error('unknown-node', at, `Expected \`use\` to name a file, got ${quote(use)}, where there is none`);
  const types = await registry.types();
  // Half right is near too: the right name in the wrong group.
  const sameName = types.find((type) => type.split('/')[1] === use.split('/').at(-1));
  const hint =
    nearest(use, types) === undefined && sameName !== undefined
      ? `Did you mean ${quote(sameName)}?`
      : suggest(use, types, 'Node types');
  problems.error('unknown-node', at, `Expected \`use\` to name a node type, got ${quote(use)}`, {hint});
}
