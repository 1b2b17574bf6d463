import type {TObject, TSchema} from '@sinclair/typebox';
import type {AnyNode} from '../nodes/define-node.js';
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
      for (const type of types) process.stdout.write(`${style.cyan(type.padEnd(width))}  ${(await registry.find(type))?.definition.summary ?? ''}\n`);
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
  const inputs = Object.entries(node.inputs).map(([name, port]) => [name, `${port.kind}${port.optional ? ' (optional)' : ''}: ${port.description}`] as const);
  const example = node.example.split('\n').map((line) => `  ${line}\n`);
  return [
    `${style.bold(node.type)}\n${node.summary}\n`,
    node.source ? style.dim(`${node.source}\n`) : '',
    section('Inputs', inputs),
    section('Params', paramRows(node.params)),
    `\n${style.bold('Example')}\n${example.join('')}`,
  ].join('');
}

/** A row a param; members of nested objects as `outer.inner`. */
function paramRows(schema: TObject, prefix = ''): (readonly [string, string])[] {
  return Object.entries(schema.properties).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const required = schema.required?.includes(name) === true && member['default'] === undefined;
    const fallback = member['default'] === undefined ? (required ? 'required' : 'optional') : `default ${JSON.stringify(member['default'])}`;
    const row = [path, `${describeType(member)}, ${fallback}${member['description'] ? `: ${member['description']}` : ''}`] as const;
    return member['type'] === 'object' && member['properties'] && !member['maxProperties'] ? [row, ...paramRows(member as TObject, `${path}.`)] : [row];
  });
}

function describeType(schema: TSchema): string {
  const alternatives = schema['anyOf'] as TSchema[] | undefined;
  if (alternatives) return alternatives.map(describeType).join(' | ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  if (schema['type'] === 'array') return 'list';
  const low = schema['minimum'] ?? schema['exclusiveMinimum'];
  const high = schema['maximum'] ?? schema['exclusiveMaximum'];
  const range = low !== undefined && high !== undefined ? ` ${low}..${high}` : low !== undefined ? ` ${schema['minimum'] === undefined ? '>' : '≥'} ${low}` : '';
  return `${String(schema['type'] ?? 'any')}${range}`;
}
