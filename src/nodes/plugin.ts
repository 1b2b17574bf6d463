import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {dirname, join, relative, resolve, sep} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {AnyNode, ResolvedNode} from '../core/node.js';
import {loadNode} from './registry.js';

/** The plugin that `use:` names when it is not one of our own node types. */
export type FoundPlugin =
  | {readonly status: 'found'; readonly node: ResolvedNode}
  /** Neither a path nor a package that is there. */
  | {readonly status: 'absent'}
  /** A path that plugins may not have. */
  | {readonly status: 'refused'; readonly message: string; readonly hint: string}
  /** A file that is there but gives no node type: what is wrong, after "got". */
  | {readonly status: 'broken'; readonly problem: string};

const packaged = /^((?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*)\/([\w-][\w./-]*)$/;
const isScript = /\.[cm]?[jt]s$/;

/** True when `use` can only mean a file. */
export const isPath = (use: string): boolean => /^[./\\~]|^[A-Za-z]:|\\|^[a-z]+:/.test(use);

/**
 * Finds and imports the plugin that `use` names: `./my/node.ts`, from `folder`, or `package/node`, from its node_modules or those
 * above. A file must lie in the project, which is the nearest folder upwards with a package.json, or else `folder` itself.
 */
export async function findPlugin(use: string, folder: string): Promise<FoundPlugin> {
  try {
    const module = await pluginModule(use, folder);
    if (!(module instanceof URL)) return module;
    const node = await loadNode(module);
    if (!node) return {status: 'absent'};
    const problem = problemOf(node.definition);
    return problem === undefined ? {status: 'found', node: {...node, plugin: {folder}}} : {status: 'broken', problem};
  } catch (error) {
    return {status: 'broken', problem: `an error: ${error instanceof Error ? error.message : String(error)}`};
  }
}

/** The module, compiled where it must be, that `findPlugin` imports; or why there is none. Throws an error of one sentence. */
export async function pluginModule(use: string, folder: string): Promise<URL | FoundPlugin> {
  const module = isPath(use) ? await pathModule(use, resolve(folder)) : packageModule(use, resolve(folder));
  return typeof module === 'string' ? pathToFileURL(module) : module;
}

async function pathModule(use: string, folder: string): Promise<string | FoundPlugin> {
  const hint = "Plugins are `.ts` or `.js` files of the recipe's project: `./nodes/blur.ts`.";
  if (!/^\.{1,2}\//.test(use) || use.includes('\\') || use.includes('\0'))
    return {status: 'refused', message: 'Expected a plugin to be a path that begins with `./` or `../`', hint};
  if (!isScript.test(use)) return {status: 'refused', message: 'Expected a plugin to be a `.ts` or `.js` file', hint};
  const project = realpathSync(projectOf(folder));
  const path = resolve(folder, use);
  // links are followed first: where a file really lies decides
  const real = existsSync(path) ? realpathSync(path) : path;
  const isInside = (each: string): boolean => each.startsWith(project.endsWith(sep) ? project : project + sep);
  if (!isInside(existsSync(path) ? real : join(realpathSync(folder), use)))
    return {status: 'refused', message: "Expected a plugin to lie in the recipe's project", hint};
  if (!existsSync(path)) return {status: 'absent'};
  const {compilePlugin} = await import('./compile-plugin.js');
  return compilePlugin(real, project);
}

/** Nearest folder upwards with a package.json, or else the folder itself. */
function projectOf(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'package.json'))) return at;
  return folder;
}

/** The file that a package gives under a name: by its `exports`, or else a file of that name. */
function packageModule(use: string, folder: string): string | FoundPlugin {
  const [, name = '', inner = ''] = packaged.exec(use) ?? [];
  if (!name || inner.split('/').includes('..')) return {status: 'absent'};
  const root = packageFolder(name, folder);
  if (root === undefined) return {status: 'absent'};
  const {exports} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {exports?: unknown};
  const named =
    exports === undefined
      ? [inner, `${inner}.js`, `${inner}.mjs`].find((each) => isScript.test(each) && existsSync(join(root, each)))
      : exported(exports, `./${inner}`);
  if (named === undefined) return {status: 'absent'};
  const path = realpathSync(join(root, named));
  const outside = relative(realpathSync(root), path).startsWith('..');
  return outside ? {status: 'broken', problem: 'a file outside of its package'} : path;
}

function packageFolder(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = join(at, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (at === dirname(at)) return undefined;
  }
}

/** Entry of `exports` for `./name`: Node's rules for the conditions `node`, `import` and `default`, and one `*`. */
function exported(exports: unknown, name: string): string | undefined {
  const table = exports as Readonly<Record<string, unknown>>;
  const exact = Object.hasOwn(table, name) ? table[name] : undefined;
  if (exact !== undefined) return conditioned(exact);
  for (const [pattern, target] of Object.entries(table)) {
    const [before, after] = pattern.split('*');
    if (before === undefined || after === undefined || !name.startsWith(before) || !name.endsWith(after)) continue;
    const found = conditioned(target);
    if (found !== undefined) return found.replaceAll('*', name.slice(before.length, name.length - after.length));
  }
  return undefined;
}

function conditioned(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  for (const [condition, inner] of Object.entries((target ?? {}) as object))
    if (['node', 'import', 'default'].includes(condition)) return conditioned(inner);
  return undefined;
}

/** A plugin is written by somebody else: what our own types promise is looked at here. */
function problemOf(node: AnyNode): string | undefined {
  const parts: Readonly<Record<string, 'string' | 'object' | 'function' | 'boolean'>> = {
    type: 'string',
    summary: 'string',
    params: 'object',
    inputs: 'object',
    usesTensors: 'boolean',
    prepare: 'function',
    outputs: 'function',
    run: 'function',
  };
  const given = node as unknown as Readonly<Record<string, unknown>>;
  for (const [part, type] of Object.entries(parts)) {
    const value = given[part];
    if (value === null || typeof value !== type)
      return `a \`node\` whose \`${part}\` is ${value === null ? 'null' : typeof value}, not ${type}`;
  }
  const schema = given['params'] as Readonly<Record<string, unknown>>;
  if (schema['type'] !== 'object' || typeof schema['properties'] !== 'object')
    return 'a `node` whose `params` are no object schema';
  return undefined;
}
