import type {AnyNode} from '../nodes/define-node.js';
import {paramRows} from '../nodes/describe.js';
import {suggest} from '../recipe/wording.js';
import {type Command, UsageError} from './command.js';
import {registry} from './project.js';
import {style} from './style.js';

export const command: Command = {
  name: 'nodes',
  summary: 'Lists the node types, or shows one: its params with defaults, its inputs, an example.',
  usage: 'nodes [TYPE]',
  options: {},
  examples: ['pipeline nodes', 'pipeline nodes train/adversarial-autoencoder'],
  run: async ({positionals}) => {
    const types = await registry.types();
    const [wanted] = positionals;
    if (wanted === undefined) {
      const width = Math.max(...types.map((type) => type.length));
      for (const type of types)
        process.stdout.write(`${style.cyan(type.padEnd(width))}  ${(await registry.find(type))?.definition.summary ?? ''}\n`);
      return 0;
    }
    const found = await registry.find(wanted);
    if (!found) throw new UsageError(`Expected a node type, got \`${wanted}\``, suggest(wanted, types, 'There are'));
    process.stdout.write(describeNode(found.definition));
    return 0;
  },
};

function describeNode(node: AnyNode): string {
  const section = (title: string, rows: readonly (readonly [string, string])[]): string => {
    if (rows.length === 0) return '';
    const width = Math.max(...rows.map(([left]) => left.length));
    return `\n${style.bold(title)}\n${rows.map(([left, right]) => `  ${style.cyan(left.padEnd(width))}  ${right}\n`).join('')}`;
  };
  const inputs = Object.entries(node.inputs).map(
    ([name, port]) => [name, `${port.kind}${port.optional ? ' (optional)' : ''}: ${port.description}`] as const,
  );
  const params = paramRows(node.params).map(
    ({name, type, fallback, description}) =>
      [
        name,
        `${type}, ${fallback === 'required' || fallback === 'optional' ? fallback : `default ${fallback}`}: ${description}`,
      ] as const,
  );
  const example = node.example.split('\n').map((line) => `  ${line}\n`);
  return [
    `${style.bold(node.type)}\n${node.summary}\n`,
    node.source ? style.dim(`${node.source}\n`) : '',
    section('Inputs', inputs),
    section('Params', params),
    `\n${style.bold('Example')}\n${example.join('')}`,
  ].join('');
}
