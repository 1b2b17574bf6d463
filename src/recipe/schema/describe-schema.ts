import {oneOf, quote} from '../wording.js';

/** A JSON Schema as plain data; only what messages need is named. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: '`true` or `false`',
  null: 'null',
  array: 'a list',
  object: 'a mapping',
};

/** Description of the values that a schema allows, as the end of "Expected `x` to be …". */
export function describeSchema(schema: JsonSchema): string {
  const said = schema['x-expected'];
  if (typeof said === 'string') return said;
  const constants = constantsOf(schema);
  if (constants) return constants.length > 1 ? `one of ${oneOf(constants.map(String))}` : quote(String(constants[0]));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return join([...new Set(flatten(alternatives).map(describeSchema))]);
  if (Array.isArray(schema.type))
    return join((schema.type as readonly string[]).map((type) => describeSchema({...schema, type})));
  const type = schema.type as string | undefined;
  if (type === 'number' || type === 'integer') return `${typeNames[type]}${bounds(schema)}`;
  if (type === 'array') return describeList(schema);
  if (type === 'string' && schema.minLength === 1) return 'a string that is not empty';
  if (type === 'object') {
    const only = Object.keys(schema.properties ?? {});
    return only.length === 1 && schema.required?.length === 1 ? `\`{${only[0]}: …}\`` : 'a mapping';
  }
  return type === undefined ? 'something else' : (typeNames[type] ?? type);
}

/** The only values a schema allows, when it lists them. */
export function constantsOf(schema: JsonSchema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema.const];
  if (schema.enum) return schema.enum;
  const alternatives = schema.anyOf ?? schema.oneOf;
  const lists = alternatives?.map(constantsOf);
  return lists?.every((list) => list !== undefined) ? lists.flat() : undefined;
}

/** Alternatives of alternatives, in one list. */
export function flatten(alternatives: readonly JsonSchema[]): readonly JsonSchema[] {
  return alternatives.flatMap((each) => flatten(each.anyOf ?? each.oneOf ?? []).concat(each.anyOf || each.oneOf ? [] : [each]));
}

function bounds({minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf}: JsonSchema): string {
  const parts: string[] = [];
  if (minimum !== undefined && maximum !== undefined) parts.push(`between ${minimum} and ${maximum}`);
  else {
    if (minimum !== undefined) parts.push(`of at least ${minimum}`);
    if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
    if (maximum !== undefined) parts.push(`${parts.length > 0 ? '' : 'of '}at most ${maximum}`);
    if (exclusiveMaximum !== undefined) parts.push(`below ${exclusiveMaximum}`);
  }
  const range = parts.length > 0 ? ` ${parts.join(' and ')}` : '';
  return multipleOf !== undefined && multipleOf !== 1 ? `${range} divisible by ${multipleOf}` : range;
}

function describeList({items, minItems, maxItems}: JsonSchema): string {
  const single = Array.isArray(items) ? undefined : (items as JsonSchema | undefined);
  const of =
    single && (single.type === 'number' || single.type === 'integer' || single.type === 'string')
      ? ` ${plural(single)}`
      : ' items';
  if (minItems !== undefined && minItems === maxItems) return `a list of ${minItems}${of}`;
  if (minItems !== undefined && maxItems !== undefined) return `a list of ${minItems} to ${maxItems}${of}`;
  if (minItems !== undefined) return minItems === 1 ? 'a list that is not empty' : `a list of at least ${minItems}${of}`;
  if (maxItems !== undefined) return `a list of at most ${maxItems}${of}`;
  return of === ' items' ? 'a list' : `a list of${of}`;
}

const plural = (item: JsonSchema): string => `${item.type === 'string' ? 'strings' : `${String(item.type)}s`}${bounds(item)}`;

function join(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? 'something else') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;
}
