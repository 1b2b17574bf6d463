import type {TObject, TSchema} from '@sinclair/typebox';
import type {AnyNode, InputPort} from '../core/node.js';
import type {PortType} from '../core/ports.js';
import {describePort} from './describe-port.js';

/** A param as tables show it; members of nested objects are named `outer.inner`. */
interface ParamRow {
  readonly name: string;
  readonly type: string;
  /** The default as YAML, `required`, or `optional`. */
  readonly fallback: string;
  readonly description: string;
}

export function paramRows(schema: TObject, prefix = ''): readonly ParamRow[] {
  return Object.entries(schema.properties).flatMap(([member, memberSchema]) => {
    const name = `${prefix}${member}`;
    const required = schema.required?.includes(member) === true;
    const group = isGroup(memberSchema);
    const given = memberSchema['default'] ?? (required ? 'required' : 'optional');
    const fallback = memberSchema['default'] === undefined ? String(given) : group ? 'optional' : flow(given);
    const type = memberSchema.title ?? describeSchema(memberSchema);
    const row = {name, type, fallback, description: String(memberSchema['description'] ?? '')};
    return group ? [row, ...paramRows(memberSchema as TObject, `${name}.`)] : [row];
  });
}

/** An object of which exactly one member is given is a choice, not a group. */
const isGroup = (schema: TSchema): boolean =>
  schema['type'] === 'object' && schema['properties'] !== undefined && schema['maxProperties'] !== 1;

/** Types with a name of their own, once each: `optimizer` → `{adam: {…}} | {sgd: {…}}`. */
export function namedTypes(schema: TObject): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const member of Object.values(schema.properties)) {
    if (member.title !== undefined) named.set(member.title, describeSchema(member));
    if (isGroup(member)) for (const [title, type] of namedTypes(member as TObject)) named.set(title, type);
  }
  return named;
}

/** A value as YAML in one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}: ${flow(each)}`)
      .join(', ')}}`;
  return typeof value === 'string' && /^[A-Za-z][\w ./-]*$/.test(value) && !/^(true|false|null)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

/** Values that may be written: `integer 1..10`, `none | decoder`, `list of relu | {dense: …}`. */
function describeSchema(schema: TSchema): string {
  const alternatives = schema['anyOf'] as TSchema[] | undefined;
  if (alternatives) return [...new Set(alternatives.map(describeSchema))].join(' | ');
  if (schema['const'] !== undefined) return flow(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map(flow).join(' | ');
  if (schema['type'] === 'array') return describeList(schema);
  if (schema['type'] === 'object') return describeObject(schema);
  return [schema['type'], describeRange(schema)].filter(Boolean).join(' ');
}

function describeList({items, minItems, maxItems}: TSchema): string {
  if (Array.isArray(items) || items === undefined) return 'list';
  const count = minItems !== undefined && minItems === maxItems ? ` ${minItems}` : '';
  const item = items as TSchema;
  const plain = ['number', 'integer', 'string'].includes(item['type'] as string) && !item['enum'];
  return `list of${count} ${plain ? `${item['type']}s ${describeRange(item)}`.trim() : describeSchema(item)}`;
}

function describeObject({properties, maxProperties}: TSchema): string {
  const members = Object.entries((properties ?? {}) as Readonly<Record<string, TSchema>>);
  if (maxProperties === 1)
    return members.map(([name, {properties: inner}]) => `{${name}: {${Object.keys(Object(inner)).join(', ')}}}`).join(' | ');
  return members.length === 1 ? `{${members[0]?.[0]}: …}` : 'mapping';
}

function describeRange({minimum, maximum, exclusiveMinimum, exclusiveMaximum}: TSchema): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum}..${maximum}`;
  const low = minimum !== undefined ? `≥ ${minimum}` : exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : '';
  const high = maximum !== undefined ? `≤ ${maximum}` : exclusiveMaximum !== undefined ? `< ${exclusiveMaximum}` : '';
  return [low, high].filter(Boolean).join(' and ');
}

export type PortTypes = Readonly<Record<string, PortType>>;

/** A recipe of the examples of node types; those of all our own fit together. */
export function exampleRecipe(definitions: readonly AnyNode[]): string {
  const lines = definitions.flatMap(({example}) => example.split('\n')).map((line) => `  ${line}\n`);
  return `name: examples\nstages:\n${lines.join('')}`;
}

/** "dataset", "table, optional", "any number of tables". */
export const describeInput = ({kind, optional, many}: InputPort): string =>
  `${many ? `any number of ${kind}s` : kind}${optional ? ', optional' : ''}`;

/** Reference page of a node type, Markdown; `outputs` are those of its example. */
export function documentNode(node: AnyNode, outputs: PortTypes): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const inputs = Object.entries(node.inputs).map(
    ([name, port]) => `| \`${name}\` | ${describeInput(port)} | ${cell(port.description)} |`,
  );
  const made = Object.entries(outputs).map(
    ([name, type]) => `| \`${name}\` | ${type.kind} | ${cell(describePort(type).join('; '))} |`,
  );
  const params = paramRows(node.params).map(
    ({name, type, fallback, description}) => `| \`${name}\` | ${cell(type)} | ${cell(fallback)} | ${cell(description)} |`,
  );
  const types = [...namedTypes(node.params)].map(([name, type]) => `- *${name}*: \`${type}\``);
  const table = (head: string, rule: string, rows: readonly string[]): string =>
    rows.length > 0 ? `${head}\n${rule}\n${rows.join('\n')}\n` : 'None.\n';
  return [
    `<!-- generated by \`npm run generate\` from src/nodes/${node.type}.ts -->`,
    `# ${node.type}\n\n${node.summary}${node.source ? `\n\nSource: ${node.source}` : ''}\n`,
    `## Inputs\n\n${table('| port | kind | |', '| --- | --- | --- |', inputs)}`,
    `## Params\n\n${table('| param | type | default | |', '| --- | --- | --- | --- |', params)}`,
    ...(types.length > 0 ? [`${types.join('\n')}\n`] : []),
    ...(node.metrics ? [`## Metrics\n\n${node.metrics.map((metric) => `\`${metric}\``).join(', ')}\n`] : []),
    `## Outputs\n\n${table('| port | kind | in the example |', '| --- | --- | --- |', made)}`,
    `## Example\n\n\`\`\`yaml\n${node.example}\n\`\`\`\n`,
  ].join('\n');
}

/** Index of the reference pages, Markdown: a table a group. */
export function indexNodes(nodes: readonly AnyNode[]): string {
  const groups = [...new Set(nodes.map(({type}) => type.split('/')[0] ?? ''))];
  return [
    '<!-- generated by `npm run generate` from src/nodes -->',
    '# Node types\n',
    'What `use` in a recipe may name: inputs, params with defaults, outputs, and an example of each. `pipeline nodes TYPE` shows the same.\n',
    ...groups.map((group) => {
      const rows = nodes
        .filter(({type}) => type.startsWith(`${group}/`))
        .map(({type, summary}) => `| [${type}](${type}.md) | ${summary.replaceAll('|', '\\|')} |\n`);
      return `## ${group}\n\n| type | |\n| --- | --- |\n${rows.join('')}`;
    }),
  ].join('\n');
}
