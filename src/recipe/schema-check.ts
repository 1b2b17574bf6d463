import {Ajv, type ErrorObject} from 'ajv';
import type {Problems} from './codes.js';
import {constantsOf, describeSchema, flatten, type JsonSchema} from './describe-schema.js';
import type {Span} from './source.js';
import {child, keyPlace, type Path, placeOf, showPath, type Tree} from './tree.js';
import {nearest, oneOf, quote, quoteAll, showValue, suggest} from './wording.js';

/** Schema keywords of ours: not in the cache key; a finished run can go on; how messages name what is expected. */
export const ownKeywords = ['x-cache', 'x-extends', 'x-expected'] as const;

let shared: Ajv | undefined;

/** Schemas come from definitions that tests validate, so compiling skips the meta-schema, which costs more than all else. */
function ajv(): Ajv {
  shared ??= new Ajv({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allErrors: true,
    useDefaults: true,
    verbose: true,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    messages: false,
  }).addVocabulary([...ownKeywords]);
  return shared;
}

/** Where a checked value comes from and what messages call it. */
export interface Subject {
  readonly tree: Tree;
  /** Shown when the tree is of several lines. */
  readonly key?: Span;
  /** What the value itself is called when nothing inside it is to blame: `stages`, `with`. */
  readonly name: string;
}

/**
 * Checks `value` by `schema`, filling in defaults, and reports each problem where it stands. Says nothing of unknown parts.
 * Throws when the schema itself cannot be compiled.
 */
export function checkSchema(schema: JsonSchema, value: unknown, subject: Subject, problems: Problems): boolean {
  const validate = ajv().compile(schema);
  if (validate(value)) return true;
  const before = problems.found.length;
  const said = new Set<string>();
  const report: Report = (finding) => {
    const mark = `${finding.code} ${finding.message}`;
    if (said.has(mark)) return;
    said.add(mark);
    const place = finding.atKey ? keyPlace(subject.tree, finding.path) : placeOf(subject.tree, finding.path, subject.key);
    problems.error(finding.code, place, finding.message, {hint: finding.hint});
  };
  for (const error of topErrors(validate.errors ?? [])) explain(error, [], subject, report);
  return problems.found.length === before;
}

interface Finding {
  readonly code: 'unknown-key' | 'missing-key' | 'wrong-type' | 'wrong-value';
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Point at the key, not at its value. */
  readonly atKey?: boolean;
}

type Report = (finding: Finding) => void;

/** Errors that are not inside an alternative: those are explained by the nearest one alone. */
function topErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({keyword}) => keyword === 'anyOf' || keyword === 'oneOf');
  return errors.filter(
    (error) =>
      error.keyword !== 'if' &&
      (error.keyword !== 'propertyNames' || true) &&
      error.propertyName === undefined &&
      !choices.some((choice) => choice !== error && isInside(error, choice)),
  );
}

const isInside = (error: ErrorObject, choice: ErrorObject): boolean =>
  error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
  (error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`));

function explain(error: ErrorObject, base: Path, subject: Subject, report: Report): void {
  const path = [...base, ...pointerToPath(error.instancePath, error, base, subject.tree)];
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  const name = quote(path.length > 0 ? showPath(path) : subject.name);
  const at = followPath(subject.tree, path);
  if (at?.kind === 'unknown') return;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const allowed = Object.keys(schema.properties ?? {});
      const expected =
        allowed.length === 0
          ? 'to have no keys'
          : allowed.length > 12
            ? 'to have known keys only'
            : `to have only the keys ${quoteAll(allowed)}`;
      return report({
        code: 'unknown-key',
        path: [...path, key],
        atKey: true,
        message: `Expected ${name} ${expected}, got ${quote(key)}`,
        hint: suggestKey(key, allowed),
      });
    }
    case 'required': {
      const key = String(params['missingProperty']);
      const described = (schema.properties?.[key] as JsonSchema | undefined)?.description;
      const keys = at?.kind === 'mapping' ? [...at.entries.keys()] : [];
      const misspelt = keys
        .filter((each) => !Object.hasOwn(schema.properties ?? {}, each))
        .find((each) => nearest(each, [key]) === key);
      // The misspelt key is reported itself, with this very suggestion.
      if (misspelt !== undefined && schema['additionalProperties'] === false) return;
      return report({
        code: 'missing-key',
        path,
        message: `Expected ${name} to have ${quote(key)}, got none`,
        hint: described && `${quote(key)}: ${described}.`,
      });
    }
    case 'propertyNames': {
      const key = String(params['propertyName']);
      const rule = (schema['propertyNames'] ?? {}) as JsonSchema;
      return report({
        code: 'wrong-value',
        path: [...path, key],
        atKey: true,
        message: `Expected the names in ${name} to be ${describeSchema(rule)}, got ${quote(key)}`,
      });
    }
    case 'anyOf':
    case 'oneOf':
      return explainChoice(schema, error.data, path, subject, report);
    case 'enum':
    case 'const':
      return explainConstant(schema, error.data, path, name, report);
    case 'type':
      return report({
        code: 'wrong-type',
        path,
        message: `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(error.data)}`,
        hint: typeHint(schema, error.data),
      });
    case 'dependentRequired':
    case 'dependencies': {
      const key = String(params['missingProperty']);
      return report({
        code: 'missing-key',
        path,
        message: `Expected ${name} to have ${quote(key)} beside ${quote(String(params['property']))}, got none`,
      });
    }
    case 'uniqueItems':
      return report({
        code: 'wrong-value',
        path,
        message: `Expected ${name} to be a list without repeats, got item ${String(params['i'])} again at ${String(params['j'])}`,
      });
    case 'minProperties':
      return report({
        code: 'wrong-value',
        path,
        message: `Expected ${name} to be a mapping that is not empty, got ${showValue(error.data)}`,
      });
    default:
      return report({
        code: 'wrong-value',
        path,
        message: `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(error.data)}`,
      });
  }
}

/** A value that fits none of several alternatives is held against the nearest. */
function explainChoice(schema: JsonSchema, data: unknown, path: Path, subject: Subject, report: Report): void {
  const name = quote(path.length > 0 ? showPath(path) : subject.name);
  if (constantsOf(schema)) return explainConstant(schema, data, path, name, report);
  const alternatives = flatten(schema.anyOf ?? schema.oneOf ?? []);
  const fitting = alternatives.filter((each) => acceptsTypeOf(each, data));
  const mapping = typeof data === 'object' && data !== null && !Array.isArray(data) ? data : undefined;
  if (mapping && fitting.length > 0) return explainMapping(fitting, alternatives, mapping, path, subject, report);
  const constants = fitting.flatMap((each) => constantsOf(each) ?? []);
  if (constants.length > 0 && constants.length === fitting.length) {
    const keys = soleKeys(alternatives);
    const all = [...constants.map(String), ...keys];
    const text = String(data);
    const hint = keys.includes(text) ? `${quote(text)} takes a value: \`{${text}: …}\`.` : suggest(text, all, 'Known');
    return report({
      code: 'wrong-value',
      path,
      message: `Expected ${name} to be one of ${oneOf(all)}, got ${showValue(data)}`,
      hint,
    });
  }
  const only = fitting.filter((each) => !constantsOf(each));
  if (only.length === 1 && only[0] && explainBy(only[0], data, path, subject, report)) return;
  report({code: 'wrong-type', path, message: `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(data)}`});
}

function explainMapping(
  fitting: readonly JsonSchema[],
  all: readonly JsonSchema[],
  data: object,
  path: Path,
  subject: Subject,
  report: Report,
): void {
  const name = quote(path.length > 0 ? showPath(path) : subject.name);
  const keys = Object.keys(data);
  const scored = fitting.map((schema) => ({
    schema,
    score: keys.filter((key) => Object.hasOwn(schema.properties ?? {}, key)).length + 10 * agreement(schema, data),
  }));
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score > 0 || fitting.length === 1) {
    if (explainBy(best.schema, data, path, subject, report)) return;
  }
  const known = [...new Set(fitting.flatMap((schema) => Object.keys(schema.properties ?? {})))];
  const key = keys[0];
  if (key === undefined) {
    return report({code: 'missing-key', path, message: `Expected ${name} to have one of ${oneOf(known)}, got an empty mapping`});
  }
  const bare = all.flatMap((each) => constantsOf(each) ?? []).map(String);
  const hint = bare.includes(key) ? `${quote(key)} takes no value: write it alone.` : suggestKey(key, [...known, ...bare]);
  report({
    code: 'unknown-key',
    path: [...path, key],
    atKey: true,
    message: `Expected ${name} to have one of ${oneOf(known)}, got ${quote(key)}`,
    hint,
  });
}

/** Explains by one alternative; `false` when it finds nothing to say. */
function explainBy(schema: JsonSchema, data: unknown, path: Path, subject: Subject, report: Report): boolean {
  const validate = ajv().compile(schema);
  // Defaults must not change what is reported next.
  if (validate(structuredClone(data))) return false;
  for (const error of topErrors(validate.errors ?? [])) explain(error, path, subject, report);
  return true;
}

function explainConstant(schema: JsonSchema, data: unknown, path: Path, name: string, report: Report): void {
  const constants = (constantsOf(schema) ?? []).map(String);
  const hint = typeof data === 'string' ? nearest(data, constants) : undefined;
  report({
    code: 'wrong-value',
    path,
    message: `Expected ${name} to be ${describeSchema(schema)}, got ${showValue(data)}`,
    hint: hint === undefined ? typeHint(schema, data) : `Did you mean ${quote(hint)}?`,
  });
}

/** How many of an alternative's fixed properties (`kind: "a"`) the data has; minus those it contradicts. */
function agreement(schema: JsonSchema, data: object): number {
  let score = 0;
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if ('const' in value && Object.hasOwn(data, key)) score += (data as Record<string, unknown>)[key] === value.const ? 1 : -1;
  }
  return score;
}

/** Keys of alternatives that are mappings of one key, such as layers. */
const soleKeys = (alternatives: readonly JsonSchema[]): readonly string[] =>
  alternatives.flatMap(({properties}) => (properties && Object.keys(properties).length === 1 ? Object.keys(properties) : []));

function acceptsTypeOf(schema: JsonSchema, data: unknown): boolean {
  const constants = constantsOf(schema);
  if (constants) return constants.some((each) => typeof each === typeof data);
  const types = Array.isArray(schema.type)
    ? (schema.type as readonly string[])
    : schema.type === undefined
      ? undefined
      : [schema.type as string];
  const actual = data === null ? 'null' : Array.isArray(data) ? 'array' : typeof data;
  return types?.some((type) => type === actual || (type === 'integer' && actual === 'number')) ?? true;
}

const suggestKey = (key: string, allowed: readonly string[]): string | undefined => {
  const near = nearest(key, allowed);
  return near === undefined ? undefined : `Did you mean ${quote(near)}?`;
};

function typeHint(schema: JsonSchema, data: unknown): string | undefined {
  if (schema.type === 'boolean' && typeof data === 'string' && /^(yes|no|on|off|y|n)$/i.test(data)) {
    return `YAML 1.2 reads ${quote(data)} as text; write \`${/^(yes|on|y)$/i.test(data) ? 'true' : 'false'}\`.`;
  }
  if (
    (schema.type === 'number' || schema.type === 'integer') &&
    typeof data === 'string' &&
    data.trim() !== '' &&
    Number.isFinite(Number(data))
  ) {
    return 'Remove the quotes: this is text, not a number.';
  }
  if (schema.type === 'string' && (typeof data === 'number' || typeof data === 'boolean'))
    return `Put it between quotes: \`"${String(data)}"\`.`;
  if (schema.type === 'array' && data !== null && typeof data !== 'object') return `For a list of one: \`[${String(data)}]\`.`;
  return undefined;
}

function followPath(tree: Tree, path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>((at, step) => (at?.kind === 'unknown' ? at : child(at, step)), tree);
}

/** JSON pointer → steps; what stands in a list is a number. */
function pointerToPath(pointer: string, _error: ErrorObject, base: Path, root: Tree): Path {
  let tree = followPath(root, base);
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = tree?.kind === 'sequence' ? Number(name) : name;
      tree = child(tree, step);
      return step;
    });
}
