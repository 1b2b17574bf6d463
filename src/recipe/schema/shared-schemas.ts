import type {JsonSchema} from './describe-schema.js';

/** A schema in which what stands there several times is a reference, and all that is referred to. */
interface Shared {
  readonly schema: JsonSchema;
  readonly parts: ReadonlyMap<string, JsonSchema>;
}

const names = new WeakMap<object, string>();
let named = 0;
const originals = new WeakMap<object, JsonSchema>();

/** The schema as it was given, of one that `shareSchemas` made of it. */
export const originalOf = (schema: JsonSchema): JsonSchema => originals.get(schema) ?? schema;

/**
 * A list of layers holds every kind of layer, a residual block all of them again, and a trainer has several lists: by references, the
 * validator compiles each kind once. Schemas that refer to others themselves are left as they are.
 */
export function shareSchemas(schema: JsonSchema): Shared {
  const parts = new Map<string, JsonSchema>();
  if (/"\$(ref|id|defs|schema)"/.test(JSON.stringify(schema))) return {schema, parts};
  const counts = new Map<JsonSchema, number>();
  const alternatives = new Set<JsonSchema>();
  const count = (each: JsonSchema, isAlternative: boolean): JsonSchema => {
    const isNew = !counts.has(each) || (isAlternative && !alternatives.has(each));
    counts.set(each, (counts.get(each) ?? 0) + 1);
    if (isAlternative) alternatives.add(each);
    if (isNew) mapInner(each, (inner, keyword) => count(inner, isAlternative || CHOICES.includes(keyword)));
    return each;
  };
  count(schema, false);
  const done = new Map<JsonSchema, JsonSchema>();
  const share = (each: JsonSchema): JsonSchema => {
    const known = done.get(each);
    if (known) return known;
    const made = mapInner(each, share);
    originals.set(made, each);
    const isAlone = counts.get(each) === 1 && !names.has(each);
    if (isAlone || !isLarge(each) || (alternatives.has(each) && hasDefaults(each))) {
      done.set(each, made);
      return made;
    }
    const name = names.get(each) ?? `part-${named++}`;
    names.set(each, name);
    // the default of a property is looked for where the property stands, and nowhere else
    const {default: fallback, ...part} = made;
    const reference: JsonSchema = {$ref: name, ...('default' in made && {default: fallback})};
    for (const stand of [part, reference]) originals.set(stand, each);
    parts.set(name, part);
    done.set(each, reference);
    return reference;
  };
  return {schema: share(schema), parts};
}

const CHOICES: readonly string[] = ['anyOf', 'oneOf', 'not'];

/** Small schemas are cheaper in their place. */
const isLarge = ({anyOf, properties}: JsonSchema): boolean => anyOf !== undefined || properties !== undefined;

/** They may not be filled in for one alternative of several, and that it is one is known only in its place. */
const hasDefaults = (schema: JsonSchema): boolean => JSON.stringify(schema).includes('"default":');

function mapInner(schema: JsonSchema, change: (schema: JsonSchema, keyword: string) => JsonSchema): JsonSchema {
  const result: Record<string, unknown> = {...schema};
  for (const keyword of ['items', 'additionalProperties', 'not'])
    if (isObject(schema[keyword])) result[keyword] = change(schema[keyword] as JsonSchema, keyword);
  for (const keyword of ['anyOf', 'oneOf', 'allOf', 'items'])
    if (Array.isArray(schema[keyword])) result[keyword] = (schema[keyword] as JsonSchema[]).map((each) => change(each, keyword));
  for (const keyword of ['properties', 'patternProperties'])
    if (isObject(schema[keyword]))
      result[keyword] = Object.fromEntries(
        Object.entries(schema[keyword] as Record<string, JsonSchema>).map(([name, each]) => [name, change(each, keyword)]),
      );
  return result as JsonSchema;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
