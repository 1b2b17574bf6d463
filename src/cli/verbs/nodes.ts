import type {AnyNode, ResolvedNode} from '../../core/node.js';
import {describeInput, namedTypes, type PortTypes, paramRows} from '../../nodes/describe.js';
import {describePort} from '../../nodes/describe-port.js';
import {findPlugin, isPath} from '../../nodes/plugin.js';
import {builtinNodes} from '../../nodes/registry.js';
import {quote, suggest} from '../../recipe/wording.js';
import {type Command, flag, UsageError} from '../command.js';
import {style} from '../view/style.js';
import {terminalWidth, wrapWords} from '../view/wrap.js';

const registry = builtinNodes();

export const command: Command = {
  name: 'nodes',
  summary: 'Lists the node types, or shows one: its params with defaults, its inputs and outputs, an example.',
  usage: 'nodes [TYPE]',
  options: {schema: {type: 'boolean', description: 'print the schema of recipes, for editors, with the plugins that are named'}},
  examples: [
    'pipeline nodes',
    'pipeline nodes train/adversarial-autoencoder',
    'pipeline nodes ./my/node.ts',
    'pipeline nodes --schema ./my/node.ts > recipe.schema.json',
  ],
  run: async ({positionals, values}) => {
    if (flag({values}, 'schema')) {
      process.stdout.write(await schemaWith(positionals));
      return 0;
    }
    const [wanted, second] = positionals;
    if (second !== undefined) throw new UsageError(`Expected one node type, got ${quote(wanted ?? '')} and ${quote(second)}`);
    process.stdout.write(wanted === undefined ? await listNodes() : describeNode(await find(wanted), await outputsOf(wanted)));
    return 0;
  },
};

/** Types by group, each with its summary. */
async function listNodes(): Promise<string> {
  const types = await registry.types();
  const width = Math.max(...types.map((type) => type.length));
  const lines: string[] = [];
  let group = '';
  for (const type of types) {
    if (group !== '' && group !== type.split('/')[0]) lines.push('');
    group = type.split('/')[0] ?? '';
    const summary = wrapWords((await registry.find(type))?.definition.summary ?? '', terminalWidth() - width - 2);
    lines.push(...summary.map((line, index) => `${index === 0 ? style.cyan(type.padEnd(width)) : ' '.repeat(width)}  ${line}`));
  }
  return `${lines.join('\n')}\n\n${style.dim('pipeline nodes TYPE shows one. All in one page each: docs/nodes')}\n`;
}

async function find(wanted: string): Promise<ResolvedNode> {
  const own = isPath(wanted) ? undefined : await registry.find(wanted);
  const found = own ? ({status: 'found', node: own} as const) : await findPlugin(wanted, process.cwd());
  switch (found.status) {
    case 'found':
      return found.node;
    case 'absent':
      throw new UsageError(
        `Expected a node type, got ${quote(wanted)}`,
        isPath(wanted) ? 'There is no such file.' : suggest(wanted, await registry.types(), 'There are'),
      );
    case 'refused':
      throw new UsageError(`${found.message}, got ${quote(wanted)}`, found.hint);
    case 'broken':
      throw new UsageError(`Expected node type ${quote(wanted)} to load, got ${found.problem}`);
    default:
      return found satisfies never;
  }
}

/** The schema of recipes as in schemas/recipe.schema.json, with plugins beside our own node types. */
async function schemaWith(plugins: readonly string[]): Promise<string> {
  const {recipeSchema} = await import('../../recipe/schema/schemas.js');
  const own: AnyNode[] = [];
  for (const type of await registry.types()) own.push((await find(type)).definition);
  const others = [];
  for (const use of plugins) others.push({use, definition: (await find(use)).definition});
  return `${JSON.stringify(recipeSchema(own, others), null, 2)}\n`;
}

/** Outputs of a plugin depend on its inputs, so only our own node types have examples. */
async function outputsOf(wanted: string): Promise<PortTypes> {
  const {exampleOutputs} = await import('../../recipe/schema/example-outputs.js');
  return (await exampleOutputs(registry)).get(wanted) ?? {};
}

function describeNode({definition: node}: {readonly definition: AnyNode}, outputs: PortTypes): string {
  const width = terminalWidth();
  const inputs = Object.entries(node.inputs).map(([name, port]) => entry(name, describeInput(port), port.description));
  const params = paramRows(node.params).map(({name, type, fallback, description}) => {
    const given = fallback === 'required' ? style.yellow(fallback) : fallback === 'optional' ? fallback : `default ${fallback}`;
    return entry(name, `${type} · ${given}`, description);
  });
  const types = [...namedTypes(node.params)].map(([name, type]) => entry(name, '', type));
  const made = Object.entries(outputs).map(([name, type]) => entry(name, '', describePort(type).join('\n')));
  const section = (title: string, entries: readonly string[]): string =>
    entries.length > 0 ? `\n${style.bold(title)}\n${entries.join('')}` : '';
  return [
    `${style.bold(style.cyan(node.type))}\n`,
    ...wrapWords(node.summary, width).map((line) => `${line}\n`),
    ...(node.source ? wrapWords(node.source, width).map((line) => style.dim(`${line}\n`)) : []),
    section('Inputs', inputs),
    section('Params', params),
    section('Types', types),
    section('Outputs, in the example', made),
    node.metrics
      ? `\n${style.bold('Metrics')}\n${wrapWords(node.metrics.join(', '), width - 2)
          .map((line) => `  ${line}\n`)
          .join('')}`
      : '',
    `\n${style.bold('Example')}\n`,
    ...(node.example ?? '').split('\n').map((line) => `  ${line}\n`),
  ].join('');
}

/** Name and type in a line, and what it is about below. */
function entry(name: string, type: string, about: string): string {
  const [first = '', ...more] = wrapWords(type, terminalWidth() - name.length - 4);
  const head = [`  ${style.cyan(name)}  ${style.dim(first)}`.trimEnd(), ...more.map((line) => `    ${style.dim(line)}`)];
  return [...head, ...wrapWords(about, terminalWidth() - 6).map((line) => `      ${line}`)].map((line) => `${line}\n`).join('');
}
