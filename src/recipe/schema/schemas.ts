import type {AnyNode, InputPort} from '../../core/node.js';
import type {JsonSchema} from './describe-schema.js';
import {envelopeSchema, stageSchema} from './envelope.js';

type Schema = Record<string, unknown>;

// yaml-language-server, which VS Code's YAML extension is, supports draft-07 best.
const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** Allowed in place of any value: a reference to a param or the environment. */
const REFERENCE = {$ref: '#/definitions/reference'};

/**
 * The resolved schema of one node type's `with`, as the runner checks it: strict, with every param's default and description.
 * Defaulted params are not required.
 */
export function nodeSchema(definition: AnyNode): Schema {
  return {
    $schema: DRAFT,
    title: definition.type,
    description: definition.summary,
    ...relax(plain(definition.params), asIs),
    examples: [definition.example],
  };
}

/**
 * The authoring schema of recipes, for editors: completion, hover text and errors for every node type; each value of a `with` may
 * be a reference instead. Definitions in any order give the same schema. `plugins` are known by what `use` says of them.
 */
export function recipeSchema(
  definitions: readonly AnyNode[],
  plugins: readonly {readonly use: string; readonly definition: AnyNode}[] = [],
): Schema {
  const named = plugins.map(({use, definition}) => ({...definition, type: use}));
  const sorted = [...definitions, ...named].sort((a, b) => (a.type < b.type ? -1 : 1));
  const {properties, required, ...envelope} = plain(envelopeSchema as unknown as JsonSchema);
  const {params, stages, ...simple} = properties as Record<string, Schema>;
  const {properties: stageProperties, ...stage} = plain(stageSchema as unknown as JsonSchema);
  const members = authoredMembers(stageProperties as Record<string, Schema>);
  const use = {
    type: 'string',
    description: 'The node type',
    anyOf: [...sorted.map(({type, summary}) => forEditors({const: type, description: summary})), pluginSchema(definitions)],
  };
  return {
    $schema: DRAFT,
    title: 'tfpipe recipe',
    ...forEditors(envelope),
    properties: {
      ...Object.fromEntries(Object.entries(simple).map(([name, schema]) => [name, authored(relax(schema, asIs))])),
      params: relax(params as Schema, asIs),
      stages: {...relax(stages as Schema, asIs), additionalProperties: {type: ['object', 'null']}},
    },
    // what changes another recipe need not be whole
    if: {required: ['extends']},
    // biome-ignore lint/suspicious/noThenProperty: the keyword's name
    then: {properties: {stages: {additionalProperties: {$ref: '#/definitions/change'}}}},
    else: {required, properties: {stages: {additionalProperties: {$ref: '#/definitions/stage'}}}},
    definitions: {
      block: {
        type: 'object',
        required: ['block'],
        properties: {block: {type: 'string', description: 'Name of a block, whose layers stand here'}},
        description: 'The layers of a block; what else it has fills the references there',
      },
      change: {
        anyOf: [
          {type: 'null', description: 'Takes the stage away'},
          {type: 'object', additionalProperties: false, properties: {...members, use}},
        ],
      },
      reference: {type: 'string', pattern: '\\$\\{[^}]+\\}', description: 'A reference to a param or the environment'},
      stage: {
        ...stage,
        properties: {...members, use},
        allOf: sorted.map(whenUsed),
      },
      ...Object.fromEntries(sorted.map((definition) => [nameInDefinitions(definition.type), authoredParams(definition)])),
    },
  };
}

/** A `$ref` takes a slash for a step. */
const nameInDefinitions = (type: string): string => type.replaceAll('/', '.');

/** A plugin's path, or a package's name, which no group of ours is: a slip in our own types must be underlined. */
function pluginSchema(definitions: readonly AnyNode[]): Schema {
  const groups = [...new Set(definitions.map(({type}) => type.split('/')[0]))].sort();
  return {
    type: 'string',
    pattern: `^(\\.{1,2}/.+\\.[cm]?[jt]s|(?!(${groups.join('|')})/)(@[\\w.-]+/)?[a-z0-9][\\w.-]*/.+)$`,
    description: 'A plugin: `./my/node.ts`, or `package/node`',
  };
}

/** Schema of a stage's other keys, by its `use`. */
function whenUsed({type, inputs, params}: AnyNode): Schema {
  const names = Object.keys(inputs);
  const requiredInputs = names.filter((name) => !inputs[name]?.optional);
  const port = (name: string): Schema => {
    const one = {type: 'string'};
    const several = {anyOf: [one, {type: 'array', items: one}, {type: 'object', additionalProperties: one}]};
    const {kind, description, many} = inputs[name] as InputPort;
    return forEditors({description: `${kind}: ${description}`, ...(many ? several : one)});
  };
  const mapping: Schema = {
    type: 'object',
    additionalProperties: false,
    ...(requiredInputs.length > 0 && {required: requiredInputs}),
    properties: Object.fromEntries(names.map((name) => [name, port(name)])),
  };
  const only = requiredInputs[0] ?? names[0];
  const alone: readonly Schema[] = only !== undefined && requiredInputs.length < 2 ? [port(only)] : [];
  const required = [...(requiredInputs.length > 0 ? ['in'] : []), ...(requiredOf(plain(params)).length > 0 ? ['with'] : [])];
  return {
    if: {required: ['use'], properties: {use: {const: type}}},
    // biome-ignore lint/suspicious/noThenProperty: the keyword's name
    then: {
      ...(required.length > 0 && {required}),
      properties: {
        in:
          names.length > 0
            ? {anyOf: [...alone, mapping]}
            : {type: 'object', additionalProperties: false, description: 'This node type has no inputs'},
        with: {$ref: `#/definitions/${nameInDefinitions(type)}`},
      },
    },
  };
}

/** A stage's own keys; what `with` and `in` may hold follows from `use`. */
function authoredMembers(properties: Readonly<Record<string, Schema>>): Schema {
  const {use: _, in: inputs, with: params, ...others} = properties;
  const members = Object.entries(others).map(([name, schema]) => [name, authored(relax(schema, authored))]);
  // what each node type says of its inputs would be hidden by more
  const {description} = inputs as Schema;
  return {in: forEditors({description, type: ['string', 'object']}), with: params, ...Object.fromEntries(members)};
}

function authoredParams({params, summary}: AnyNode): Schema {
  const {properties = {}, ...schema} = relax(plain(params), authored) as Schema & {properties?: Record<string, Schema>};
  return {description: summary, ...schema, properties};
}

/** A value or a reference; hover text stays on the outside, where editors look for it. */
function authored(schema: Schema, isItem = false): Schema {
  // A text may hold references anyhow.
  if (schema['type'] === 'string' && !('enum' in schema) && !('pattern' in schema)) return schema;
  const {description, markdownDescription, default: fallback, ...rest} = schema;
  const outside = {
    ...(description !== undefined && {description}),
    ...(markdownDescription !== undefined && {markdownDescription}),
    ...(fallback !== undefined && {default: fallback}),
  };
  const alternatives = alternativesOf(rest);
  // a choice in a list is a layer, or what else a block may hold
  const block = isItem && alternatives.length > 1 ? [{$ref: '#/definitions/block'}] : [];
  return {...outside, anyOf: [...alternatives, ...block, REFERENCE]};
}

/** One alternative per key: editors do not complete under `maxProperties`. */
function alternativesOf(schema: Schema): readonly Schema[] {
  if (Array.isArray(schema['anyOf']) && Object.keys(schema).length === 1) return schema['anyOf'] as Schema[];
  if (schema['maxProperties'] !== 1 || !isObject(schema['properties'])) return [schema];
  const {minProperties: _min, maxProperties: _max, properties, ...rest} = schema;
  return Object.entries(properties as Schema).map(([name, value]) => ({
    ...rest,
    additionalProperties: false,
    required: [name],
    properties: {[name]: value},
  }));
}

/** Applies `change` to every value inside a mapping or list, and drops defaulted properties from `required`, where TypeBox keeps them. */
function relax(schema: Schema, change: (schema: Schema, isItem: boolean) => Schema): Schema {
  const result: Schema = forEditors({...schema});
  const inner = (value: unknown): Schema => change(relax(value as Schema, change), false);
  const item = (value: unknown): Schema => change(relax(value as Schema, change), true);
  if (isObject(schema['properties'])) {
    result['properties'] = Object.fromEntries(Object.entries(schema['properties']).map(([name, value]) => [name, inner(value)]));
    const required = requiredOf(schema);
    if (required.length > 0) result['required'] = required;
    else delete result['required'];
  }
  if (isObject(schema['propertyNames'])) result['propertyNames'] = forEditors(schema['propertyNames']);
  if (isObject(schema['additionalProperties'])) result['additionalProperties'] = inner(schema['additionalProperties']);
  if (Array.isArray(schema['items'])) result['items'] = schema['items'].map(item);
  else if (isObject(schema['items'])) result['items'] = item(schema['items']);
  for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
    const alternatives = schema[keyword];
    // An alternative is not a place where a value stands; what it holds is.
    if (Array.isArray(alternatives)) result[keyword] = alternatives.map((each) => relax(each as Schema, change));
  }
  return result;
}

function requiredOf(schema: Schema): readonly string[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  return ((schema['required'] ?? []) as readonly string[]).filter((name) => !('default' in (properties[name] ?? {})));
}

const asIs = (schema: Schema): Schema => schema;

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Our messages and descriptions, under the keywords that the YAML language server knows. */
function forEditors(schema: Schema): Schema {
  const {'x-expected': expected, ...rest} = schema;
  const {description} = rest;
  return {
    ...rest,
    ...(typeof expected === 'string' && 'pattern' in rest && {patternErrorMessage: `Expected ${expected}`}),
    // a plain description is shown with its backticks
    ...(typeof description === 'string' && description.includes('`') && {markdownDescription: description}),
  };
}

/** Drops TypeBox's symbols and `undefined`s: what is left is JSON. */
const plain = (schema: unknown): Schema => JSON.parse(JSON.stringify(schema)) as Schema;
