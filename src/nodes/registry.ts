import {access, readdir} from 'node:fs/promises';
import type {AnyNode, NodeRegistry, ResolvedNode} from '../core/node.js';

/** `train/linear-svc`: one folder, one file; nothing that leads out of the nodes' folder. */
const TYPE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*\/[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * The node types that come with tfpipe: path is name, so `train/x` is the module `train/x.js` beside this one, and its named
 * export `node` is the definition. Only what is asked for is imported.
 */
export function builtinNodes(folder: URL = new URL('./', import.meta.url)): NodeRegistry {
  return {
    types: async () => {
      const groups = (await readdir(folder, {withFileTypes: true})).filter((entry) => entry.isDirectory());
      const types = await Promise.all(
        groups.map(async ({name: group}) => {
          const files = await readdir(new URL(`${group}/`, folder));
          return files.filter((file) => file.endsWith('.js')).map((file) => `${group}/${file.slice(0, -'.js'.length)}`);
        }),
      );
      return types
        .flat()
        .filter((type) => TYPE.test(type))
        .sort();
    },
    find: async (type) => (TYPE.test(type) ? loadNode(new URL(`${type}.js`, folder)) : undefined),
  };
}

/** The node type of a stage: one of a registry, or the plugin in a compiled module. `undefined` when there is no such. */
export const findNode = (registry: NodeRegistry, use: string, pluginModule?: string): Promise<ResolvedNode | undefined> =>
  pluginModule === undefined ? registry.find(use) : loadNode(new URL(pluginModule));

/** A worker asks for the same modules again and again; what Node does to find that it has one takes a fifth of a millisecond. */
const loaded = new Map<string, ResolvedNode>();

/** The definition in a compiled module. `undefined` when there is no such file; a module that fails to load, or has no `node`, rejects. */
export async function loadNode(module: URL): Promise<ResolvedNode | undefined> {
  const known = loaded.get(module.href);
  if (known) return known;
  const there = await access(module).then(
    () => true,
    () => false,
  );
  if (!there) return undefined;
  const {node} = (await import(module.href)) as {readonly node?: AnyNode};
  if (!node) throw new TypeError(`Expected ${module.pathname.split('/').at(-1)} to export \`node\`, got no such export`);
  const found = {definition: node, module};
  loaded.set(module.href, found);
  return found;
}
