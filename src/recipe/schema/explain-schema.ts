import type {ErrorObject} from 'ajv';
import type {DiagnosticCode} from '../problems.js';
import {child, type Path, showPath, type Tree} from '../read/tree.js';
import {nearest, oneOf, quote, quoteAll, showValue, suggest} from '../wording.js';
import {constantsOf, describeSchema, flatten, type JsonSchema} from './describe-schema.js';

/** A schema error in our words: where, what, and what to do. */
interface Finding {
  readonly code: DiagnosticCode;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Point at the key, not at its value. */
  readonly atKey?: boolean;
}

interface Explained {
  readonly tree: Tree;
  /** Name of the whole value: ``the recipe``, ``\`ae.with\` ``. */
  readonly name: string;
  /** Checks a value by one alternative of a choice. */
  readonly errorsOf: (schema: JsonSchema, value: unknown) => readonly ErrorObject[];
}

/** Longest list of keys that a message names. */
const MOST_KEYS = 6;

/** One finding for each mistake; a value that fits none of several alternatives is held against the nearest alone. */
export function explainErrors(errors: readonly ErrorObject[], base: Path, explained: Explained): readonly Finding[] {
  const choices = errors.filter(({keyword}) => keyword === 'anyOf' || keyword === 'oneOf');
  return errors
    .filter((error, at) => !choices.some((choice) => isInside(error, at, choice, errors.indexOf(choice))))
    .filter((error) => error.keyword !== 'if' && error.propertyName === undefined)
    .flatMap((error) => explain(error, base, explained));
}

/** Problems of the alternatives of a choice are reported before those of the choice itself. */
const isInside = (error: ErrorObject, at: number, choice: ErrorObject, end: number): boolean =>
  at < end && (error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`));

function explain(error: ErrorObject, base: Path, explained: Explained): readonly Finding[] {
  const path = pathOf(error.instancePath, base, explained.tree);
  const at = follow(explained.tree, path);
  if (at?.kind === 'unknown') return [];
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  const name = nameOf(path, explained);
  const params = error.params as Readonly<Record<string, unknown>>;
  const {data} = error;
  switch (error.keyword) {
    case 'additionalProperties':
      return [unknownKey(String(params['additionalProperty']), schema, path, name)];
    case 'required':
      return missingKey(String(params['missingProperty']), schema, path, name, at);
    case 'propertyNames': {
      const key = String(params['propertyName']);
      const expected = describeSchema((schema['propertyNames'] ?? {}) as JsonSchema);
      return [
        {
          code: 'wrong-value',
          path: [...path, key],
          atKey: true,
          message: `Expected the names in ${name} to be ${expected}, got ${quote(key)}`,
        },
      ];
    }
    case 'anyOf':
    case 'oneOf':
      return explainChoice(schema, data, path, explained);
    case 'enum':
    case 'const':
      return [wrongConstant(schema, data, path, name)];
    case 'type':
      return [
        {
          code: 'wrong-type',
          path,
          message: `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(data)}`,
          hint: typeHint(schema, data),
        },
      ];
    case 'uniqueItems': {
      const [first, again] = [Number(params['i']), Number(params['j'])].sort((a, b) => a - b) as [number, number];
      const message = `Expected ${name} to be a list without repeats, got item [${first}] again at [${again}]`;
      return [{code: 'wrong-value', path: [...path, again], message}];
    }
    case 'minProperties': {
      const known = Object.keys(schema.properties ?? {});
      const expected = known.length > 0 ? `have one of ${oneOf(known)}` : 'be a mapping that is not empty';
      return [{code: 'wrong-value', path, message: `Expected ${name} to ${expected}, got ${showValue(data)}`}];
    }
    case 'maxProperties': {
      const limit = Number(params['limit']);
      const expected = limit === 1 ? 'a single key' : `at most ${limit} keys`;
      return [
        {
          code: 'wrong-value',
          path,
          message: `Expected ${name} to have ${expected}, got ${quoteAll(Object.keys(data as object))}`,
        },
      ];
    }
    default:
      return [{code: 'wrong-value', path, message: `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(data)}`}];
  }
}

const nameOf = (path: Path, {name}: Explained): string => (path.length > 0 ? quote(showPath(path)) : name);

function unknownKey(key: string, schema: JsonSchema, path: Path, name: string): Finding {
  const allowed = Object.keys(schema.properties ?? {});
  const few = allowed.length <= MOST_KEYS;
  const expected =
    allowed.length === 0 ? 'to have no keys' : few ? `to have no keys but ${quoteAll(allowed)}` : 'to have known keys only';
  const near = nearest(key, allowed);
  const hint = few ? near && `Did you mean ${quote(near)}?` : suggest(key, allowed, 'Known');
  return {
    code: 'unknown-key',
    path: [...path, key],
    atKey: true,
    message: `Expected ${name} ${expected}, got ${quote(key)}`,
    hint,
  };
}

function missingKey(key: string, schema: JsonSchema, path: Path, name: string, at: Tree | undefined): readonly Finding[] {
  const written = at?.kind === 'mapping' ? [...at.entries.keys()] : [];
  // Written, but unknown: reported where it went wrong.
  if (written.includes(key)) return [];
  const misspelt = written.some((each) => !Object.hasOwn(schema.properties ?? {}, each) && nearest(each, [key]) === key);
  // The misspelt key is reported itself, with this very suggestion.
  if (misspelt && schema['additionalProperties'] === false) return [];
  const described = schema.properties?.[key]?.description?.replace(/\.$/, '');
  return [
    {
      code: 'missing-key',
      path,
      message: `Expected ${name} to have ${quote(key)}, got none`,
      hint: described && `${quote(key)}: ${described}.`,
    },
  ];
}

function wrongConstant(schema: JsonSchema, data: unknown, path: Path, name: string): Finding {
  const near = typeof data === 'string' ? nearest(data, (constantsOf(schema) ?? []).map(String)) : undefined;
  const message = `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(data)}`;
  return {code: 'wrong-value', path, message, hint: near === undefined ? typeHint(schema, data) : `Did you mean ${quote(near)}?`};
}

function explainChoice(schema: JsonSchema, data: unknown, path: Path, explained: Explained): readonly Finding[] {
  const name = nameOf(path, explained);
  if (constantsOf(schema)) return [wrongConstant(schema, data, path, name)];
  const alternatives = flatten(schema.anyOf ?? schema.oneOf ?? []);
  const fitting = alternatives.filter((each) => acceptsTypeOf(each, data));
  if (isMapping(data) && fitting.length > 0) return explainMapping(fitting, alternatives, data, path, explained);
  const constants = fitting.flatMap((each) => constantsOf(each) ?? []).map(String);
  if (constants.length > 0 && fitting.every((each) => constantsOf(each))) {
    const keys = alternatives.flatMap(({properties}) => soleKey(properties) ?? []);
    const text = String(data);
    const hint = keys.includes(text)
      ? `${quote(text)} takes a value: \`{${text}: …}\`.`
      : suggest(text, [...constants, ...keys], 'Known');
    return [
      {
        code: 'wrong-value',
        path,
        message: `Expected ${name} to be one of ${oneOf([...constants, ...keys])}, got ${showValue(data)}`,
        hint,
      },
    ];
  }
  const [only, another] = fitting.filter((each) => !constantsOf(each));
  const findings = only && !another ? explainBy(only, data, path, explained) : [];
  if (findings.length > 0) return findings;
  return [{code: 'wrong-type', path, message: `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(data)}`}];
}

/** The nearest of several mappings is the one that shares most keys. */
function explainMapping(
  fitting: readonly JsonSchema[],
  alternatives: readonly JsonSchema[],
  data: Readonly<Record<string, unknown>>,
  path: Path,
  explained: Explained,
): readonly Finding[] {
  const name = nameOf(path, explained);
  const scored = fitting.map((schema) => ({schema, score: similarity(schema, data)}));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score > 0 || fitting.length === 1) {
    const findings = explainBy(best.schema, data, path, explained);
    const soleKeys = fitting.flatMap(({properties}) => soleKey(properties) ?? []);
    const together = Object.keys(data).filter((each) => soleKeys.includes(each));
    const hint =
      together.length > 1 ? `Write items of their own: ${together.map((each) => `\`{${each}: …}\``).join(', ')}.` : undefined;
    return findings.map((finding) => ({...finding, hint: finding.hint ?? hint}));
  }
  const known = [...new Set(fitting.flatMap(({properties}) => Object.keys(properties ?? {})))];
  const key = Object.keys(data)[0];
  if (key === undefined)
    return [{code: 'missing-key', path, message: `Expected ${name} to have one of ${oneOf(known)}, got an empty mapping`}];
  const bare = alternatives.flatMap((each) => constantsOf(each) ?? []).map(String);
  const hint = bare.includes(key) ? `${quote(key)} takes no value: write it alone.` : suggest(key, [...known, ...bare], 'Known');
  return [
    {
      code: 'unknown-key',
      path: [...path, key],
      atKey: true,
      message: `Expected ${name} to have one of ${oneOf(known)}, got ${quote(key)}`,
      hint,
    },
  ];
}

function explainBy(schema: JsonSchema, data: unknown, path: Path, explained: Explained): readonly Finding[] {
  // Defaults of one alternative must not show in what is said of others.
  return explainErrors(explained.errorsOf(schema, structuredClone(data)), path, explained);
}

/** Shared keys; a property with one allowed value (`kind: "a"`) tells alternatives apart better than any key. */
function similarity({properties = {}}: JsonSchema, data: Readonly<Record<string, unknown>>): number {
  let score = 0;
  for (const [key, property] of Object.entries(properties)) {
    if (!Object.hasOwn(data, key)) continue;
    score += 'const' in property ? (property.const === data[key] ? 11 : -9) : 1;
  }
  return score;
}

function soleKey(properties: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const [key, another] = Object.keys(properties ?? {});
  return another === undefined ? key : undefined;
}

const isMapping = (data: unknown): data is Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

const kindOf = (data: unknown): string => (data === null ? 'null' : Array.isArray(data) ? 'array' : typeof data);

function acceptsTypeOf(schema: JsonSchema, data: unknown): boolean {
  const constants = constantsOf(schema);
  if (constants) return constants.some((each) => kindOf(each) === kindOf(data));
  if (schema.type === undefined) return true;
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  const actual = kindOf(data);
  return types.some((type) => type === actual || (type === 'integer' && actual === 'number'));
}

/** Spellings from other languages and YAML versions. */
function typeHint(schema: JsonSchema, data: unknown): string | undefined {
  // Lists and mappings have no text; a mapping with a key `toString` could not even be asked for one.
  if ('x-expected' in schema || data === null || typeof data === 'object') return undefined;
  const {type} = schema;
  const text = String(data);
  if (type === 'boolean' && /^(yes|no|on|off|y|n)$/i.test(text)) {
    return `YAML 1.2 reads ${quote(text)} as text; write \`${/^(yes|on|y)$/i.test(text) ? 'true' : 'false'}\`.`;
  }
  const isNumeric = typeof data === 'string' && text.trim() !== '' && Number.isFinite(Number(text));
  if ((type === 'number' || type === 'integer') && isNumeric) return 'Remove the quotes: this is text, not a number.';
  if (type === 'string' && (typeof data === 'number' || typeof data === 'boolean'))
    return `Put it between quotes: \`"${text}"\`.`;
  if (type === 'array' && data !== null && data !== undefined && typeof data !== 'object')
    return `For a list of one: \`[${text}]\`.`;
  return undefined;
}

const follow = (tree: Tree, path: Path): Tree | undefined =>
  path.reduce<Tree | undefined>((at, step) => (at?.kind === 'unknown' ? at : child(at, step)), tree);

/** JSON pointer → steps below `base`; what stands in a list is a number. */
function pathOf(pointer: string, base: Path, root: Tree): Path {
  let tree = follow(root, base);
  const steps = pointer
    .split('/')
    .slice(1)
    .map((part): string | number => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = tree?.kind === 'sequence' ? Number(name) : name;
      tree = child(tree, step);
      return step;
    });
  return [...base, ...steps];
}
